"""Nothing is served from a database that was put back, until what was erased since its copy is erased in it again."""

import sys

from django.db import DatabaseError, connection

BOOT_ERROR = 3  # by which gunicorn knows that starting the process again is of no use


def refuse() -> None:
    """End this process with a sentence if the database is a restored one; without an answer leave it to ``/readyz``."""
    # Models can be read only once Django is set up, which whoever imports this module may yet have to do.
    from identity import erasures  # noqa: PLC0415

    try:
        erasures.refuse_if_restored()
    except erasures.RestoredDatabase as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(BOOT_ERROR) from error
    except DatabaseError:
        return
    finally:
        connection.close()

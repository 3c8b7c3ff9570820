"""The words of the pages in Welsh, compiled to what Django reads when a translator's file has changed."""

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from deploy import states

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "tellusonce" / "locale" / "cy" / "LC_MESSAGES" / "django.po"


def build(source: Path = SOURCE) -> bool:
    """Compile, unless it is done already; say whether there was anything to do."""
    compiled, wanted = source.with_suffix(".mo"), io.BytesIO()
    with source.open("rb") as file:
        write_mo(wanted, read_po(file, locale=source.parts[-3], domain=source.stem))
    if compiled.exists() and compiled.read_bytes() == wanted.getvalue():
        return False
    states.write_whole(compiled, wanted.getvalue())
    return True

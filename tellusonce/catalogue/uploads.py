"""Files of a catalogue as somebody sends them: checked like files of ours, and seeing no other file of the machine."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tellusonce.catalogue import checks, files
from tellusonce.catalogue.checks import Checked
from tellusonce.catalogue.faults import Fault, Faulty, Place

LONGEST_PATH = 200


def check(sent: Mapping[str, bytes], *, bases: Mapping[str, str], on: dt.date) -> Checked:
    """Check files by their paths, all YAML files among them as one catalogue. Raises Faulty, which names them so."""
    with _written(sent) as folder:
        paths = [folder / name for name in sorted(sent) if PurePosixPath(name).suffix in files.SUFFIXES]
        if not paths:
            raise Faulty([Fault(Place("catalogue"), "there is no YAML file in it", "send one that ends in .yaml")])
        try:
            checked = checks.check(paths, bases=bases, on=on, within=folder)
        except Faulty as faulty:
            raise Faulty(_as_sent(fault, folder) for fault in faulty.faults) from None
        return replace(checked, warnings=tuple(_as_sent(fault, folder) for fault in checked.warnings))


def is_usable(path: str) -> bool:
    """Whether a file may be sent under this path: one that stays in its folder."""
    pure = PurePosixPath(path)
    is_inside = bool(pure.name) and not pure.is_absolute() and ".." not in pure.parts
    return is_inside and path.isprintable() and "\\" not in path and len(path) <= LONGEST_PATH


@contextmanager
def _written(sent: Mapping[str, bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="catalogue-") as name:
        folder = Path(name)
        for path, content in sent.items():
            try:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            except OSError:
                what = "it cannot be kept under this name"
                raise Faulty(
                    [Fault(Place(path), what, "give no file the name of a folder, or a shorter one")]
                ) from None
        yield folder


def _as_sent(fault: Fault, folder: Path) -> Fault:
    prefix = f"{folder}/"
    what, remedy = fault.what.replace(prefix, ""), fault.remedy.replace(prefix, "")
    return replace(
        fault, place=replace(fault.place, file=fault.place.file.removeprefix(prefix)), what=what, remedy=remedy
    )

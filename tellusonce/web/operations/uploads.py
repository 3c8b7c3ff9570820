"""Files of a catalogue as a browser sends them: one or several, or a ZIP archive that keeps their folders."""

import re
import zipfile
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tellusonce.catalogue import uploads

MOST_BYTES = 2 * 1024 * 1024
MOST_FILES = 200
BASE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=(\S+)")


class Unusable(ValueError):
    """What was sent cannot be read; the message is fit for whoever sent it."""


def files(request: HttpRequest) -> Mapping[str, bytes]:
    """Give what was sent, by its paths. Raises Unusable."""
    sent = request.FILES.getlist("files")
    if not sent:
        raise Unusable(_missing(request))
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for path, content in _contents(sent):
        left -= len(content)
        if left < 0 or len(found) == MOST_FILES:
            raise Unusable(_("Send no more than 200 files, of 2 MB together once they are unpacked"))
        if not uploads.is_usable(path) or path in found:
            raise Unusable(_("The archive holds a file twice or under a name that cannot be used; pack it anew"))
        found[path] = content
    return found


def bases(typed: str) -> dict[str, str]:
    """Read what stands for names in braces, one NAME=VALUE a line. Raises Unusable."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    matched = [BASE.fullmatch(line) for line in lines]
    if not all(matched):
        raise Unusable(_("Write NAME=VALUE, one a line"))
    return {each[1]: each[2] for each in matched if each}


def _missing(request: HttpRequest) -> str:
    size = request.headers.get("Content-Length", "0")
    if size.isdigit() and int(size) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        return _("The files are larger than 1 MB. Send them as a ZIP archive, or propose them at the command line")
    return _("Choose the files of the catalogue, or a ZIP archive of them")


def _contents(sent: "list[UploadedFile[bytes]]") -> Iterator[tuple[str, bytes]]:
    for file in sent:
        if str(file.name).lower().endswith(".zip"):
            yield from _unpacked(file)
        else:
            yield str(file.name), file.read()


def _unpacked(file: "UploadedFile[bytes]") -> Iterator[tuple[str, bytes]]:
    """Give the files of an archive, none of which says more than it announces."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield member.filename, _content(archive, member)
    # What zipfile raises of no archive, a way of packing that it does not know, a password, and one that was cut off.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Unusable(_("The archive cannot be opened; pack it anew, without a password")) from None


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > MOST_BYTES:
        raise Unusable(_("Send no more than 200 files, of 2 MB together once they are unpacked"))
    with archive.open(member) as content:
        return content.read(MOST_BYTES + 1)

"""Write many messages into one file, CSV or XML, for a system that can only load files; encrypted where it has a key.

CSV: RFC 4180. XML 1.0, fifth edition. Encryption: age, format v1 (age-encryption.org/v1), to one X25519 recipient.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

import pyrage
from lxml import etree
from pydantic import AfterValidator, Field, model_validator

from adapters import credentials, mapping, options
from adapters.contract import Message, Misconfigured, Refused

JSON = Any
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xml": "application/xml"}
ENCRYPTED = "application/age"
MESSAGE = "message"
# OWASP, "CSV Injection" (read November 2026); a sign before a digit is a number or a telephone, and stays.
FORMULA = re.compile(r"^([=@\t\r\n]|[+-](?!\d))")


def _is_key(text: str) -> str:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ValueError("is no public key of age; one begins with age1 and comes from `age-keygen`") from None
    return text


PublicKey = Annotated[str, AfterValidator(_is_key), Field(max_length=100)]
ElementName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,59}$")]


class File(credentials.Settings):
    """How a file is written: its form, what stands in a row, and for whom it is encrypted."""

    format: Literal["csv", "xml"]
    mapping: options.Mapping = Field(description="An object for each message: columns or elements by name")
    columns: tuple[ElementName, ...] = Field((), max_length=200, description="The columns of a CSV file, in order")
    root: ElementName = Field("Messages", description="The outermost element of an XML file")
    row: ElementName = Field("Message", description="The element of each message in it")
    encrypt_to: PublicKey | None = Field(None, description="A public key of age; left out: not encrypted")

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        if self.format == "csv" and not self.columns:
            raise ValueError("names no `columns`; a CSV file needs them, in their order")
        if MESSAGE in self.columns:
            raise ValueError("names the column `message`; it is always the first, and holds the id of the message")
        return self

    @property
    def media_type(self) -> str:
        """What the file is, as it leaves here."""
        return ENCRYPTED if self.encrypt_to else MEDIA_TYPES[self.format]

    @property
    def ending(self) -> str:
        """How its name ends."""
        return f".{self.format}.age" if self.encrypt_to else f".{self.format}"


def row(message: Message, file: File) -> Mapping[str, JSON]:
    """Make one row, the same for the same message. Raises Refused (``row-misfit``, ``mapping-...``)."""
    found = mapping.compile(file.mapping).apply(message.as_input())
    if not isinstance(found, dict):
        raise Refused("row-misfit")
    if file.format == "xml":
        return {MESSAGE: message.id, **(mapping.pruned(found) or {})}
    if set(found) - set(file.columns):
        raise Refused("row-misfit")
    return {MESSAGE: message.id, **{name: _cell(found.get(name)) for name in file.columns}}


def _cell(value: JSON) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    if isinstance(value, dict):
        raise Refused("row-misfit")
    text = " ".join(str(value).split("\0"))
    return f"'{text}" if FORMULA.match(text) else text


def encode_batch(rows: Iterable[Mapping[str, JSON]], file: File) -> bytes:
    """Write the file, the same for the same rows, and not encrypted yet. Raises Refused (``row-misfit``)."""
    return _csv(rows, file) if file.format == "csv" else _xml(rows, file)


def _csv(rows: Iterable[Mapping[str, JSON]], file: File) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, [MESSAGE, *file.columns], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def _xml(rows: Iterable[Mapping[str, JSON]], file: File) -> bytes:
    root = etree.Element(file.root)
    for each in rows:
        element = etree.SubElement(root, file.row, {MESSAGE: str(each[MESSAGE])})
        _fill(element, {name: value for name, value in each.items() if name != MESSAGE})
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _fill(element: etree._Element, value: JSON) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            for one in inner if isinstance(inner, list) else [inner]:
                _fill(_child(element, name), one)
    elif isinstance(value, list):
        raise Refused("row-misfit")
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _text(value)


def _child(element: etree._Element, name: str) -> etree._Element:
    try:
        return etree.SubElement(element, name)
    except ValueError:
        raise Refused("row-misfit") from None


def _text(value: JSON) -> str:
    text = str(value)
    try:
        etree.Element("t").text = text
    except ValueError:  # a character that XML has no place for
        raise Refused("value-misfit") from None
    return text


def sealed(content: bytes, file: File) -> bytes:
    """Encrypt it to the recipient's key, if there is one: afresh each time. Raises Misconfigured, and gives nothing."""
    if file.encrypt_to is None:
        return content
    try:
        return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(file.encrypt_to)]))
    except (pyrage.RecipientError, pyrage.EncryptError):
        raise Misconfigured("file-key") from None

"""Kinds of life event: their models, the vocabulary of field paths, and the check of what is told. No tables."""

from tellusonce.events.answers import addresses, leaves, validate, validate_partial
from tellusonce.events.definitions import Fault, Kind, Told, UnknownKind, find, kinds
from tellusonce.events.faults import Faults
from tellusonce.events.vocabularies import Field, UnknownField, expand, for_inviting, grantable, json_schema, vocabulary

__all__ = [
    "Fault",
    "Faults",
    "Field",
    "Kind",
    "Told",
    "UnknownField",
    "UnknownKind",
    "addresses",
    "expand",
    "find",
    "for_inviting",
    "grantable",
    "json_schema",
    "kinds",
    "leaves",
    "validate",
    "validate_partial",
    "vocabulary",
]

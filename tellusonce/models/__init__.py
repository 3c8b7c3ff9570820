"""The tables: fields, constraints and named questions; behaviour lives in the modules beside this folder."""

from tellusonce.models.adults import InvitedAdult
from tellusonce.models.catalogue import (
    Agreement,
    Area,
    CatalogueProposal,
    CatalogueVersion,
    Organisation,
    Recipient,
    Route,
)
from tellusonce.models.deliveries import Attempt, Confirmation, Delivery, DeliveryNumber, Result
from tellusonce.models.desks import Enquiry, FindingKey
from tellusonce.models.mailboxes import Lane, Mailbox, Mark, Pause
from tellusonce.models.notices import Notice, NoticeAttempt, NoticeResult
from tellusonce.models.postcodes import Postcode
from tellusonce.models.rehearsals import Rehearsal
from tellusonce.models.reports import (
    Answers,
    Batch,
    Draft,
    Evidence,
    Instruction,
    KeptReport,
    Registration,
    Report,
    WriteKey,
)

__all__ = [
    "Agreement",
    "Answers",
    "Area",
    "Attempt",
    "Batch",
    "CatalogueProposal",
    "CatalogueVersion",
    "Confirmation",
    "Delivery",
    "DeliveryNumber",
    "Draft",
    "Enquiry",
    "Evidence",
    "FindingKey",
    "Instruction",
    "InvitedAdult",
    "KeptReport",
    "Lane",
    "Mailbox",
    "Mark",
    "Notice",
    "NoticeAttempt",
    "NoticeResult",
    "Organisation",
    "Pause",
    "Postcode",
    "Recipient",
    "Registration",
    "Rehearsal",
    "Report",
    "Result",
    "Route",
    "WriteKey",
]

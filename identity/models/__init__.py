"""What the identity store keeps. No column holds a personal value in the clear."""

from identity.models.accesses import Access, LedgerBlock
from identity.models.accounts import (
    Account,
    Appointment,
    ProviderLink,
    RecoveryCode,
    Role,
    SecondFactor,
    Session,
    Tries,
)
from identity.models.clients import Client, UsedAssertion
from identity.models.consents import Consent
from identity.models.keys import DataKey
from identity.models.mandates import Invitation, Mandate, MandateEnding
from identity.models.matching import BlockKey, Doubt, Opinion
from identity.models.people import Merge, OrganisationNumber, Person, Pseudonym

__all__ = [
    "Access",
    "Account",
    "Appointment",
    "BlockKey",
    "Client",
    "Consent",
    "DataKey",
    "Doubt",
    "Invitation",
    "LedgerBlock",
    "Mandate",
    "MandateEnding",
    "Merge",
    "Opinion",
    "OrganisationNumber",
    "Person",
    "ProviderLink",
    "Pseudonym",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Session",
    "Tries",
    "UsedAssertion",
]

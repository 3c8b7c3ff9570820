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
from identity.models.clients import Client
from identity.models.keys import DataKey

__all__ = [
    "Access",
    "Account",
    "Appointment",
    "Client",
    "DataKey",
    "LedgerBlock",
    "ProviderLink",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Session",
    "Tries",
]

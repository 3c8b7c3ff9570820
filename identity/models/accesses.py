"""The log of accesses: it names what it was about by id, and holds no personal value."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Access(models.Model):
    """One entry of the ledger: who did or saw what, for whom, about what, why and when; it only ever grows.

    `digest` is keyed and covers every other column. `transaction` is the number of the one that wrote it, by which
    whoever seals can tell that no earlier entry is still to come. Both are empty on entries from before there were
    digests.
    """

    append_only = True

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=255)
    organisation = models.CharField(max_length=100, blank=True)
    on_behalf_of = models.CharField(max_length=255, blank=True, db_default="")
    action = models.CharField(max_length=50)
    about = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200, blank=True)
    on = models.CharField(max_length=200, blank=True)
    transaction = models.BigIntegerField(db_default=0, editable=False)
    digest = models.BinaryField(db_default=b"", editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["about", "id"], name="access_about"),
            models.Index(fields=["transaction", "id"], name="access_transaction"),
        ]


class LedgerBlock(models.Model):
    """Entries that have been put in order for good, and tied to the block before.

    `ids` and `marks` name the entries: 16 bytes of each one's digest. `digest` is keyed and covers all of the row and
    the digest of the block before; `head` says the same with a signature, and is kept outside the database too.
    """

    append_only = True

    number = models.BigIntegerField(primary_key=True)
    ids = ArrayField(models.BigIntegerField())
    marks = models.BinaryField()
    highest_id = models.BigIntegerField(db_index=True)
    up_to_transaction = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    previous = models.BinaryField()
    digest = models.BinaryField()
    head = models.TextField()

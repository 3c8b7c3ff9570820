"""The tables of ledger."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_accounts")]

    operations = []

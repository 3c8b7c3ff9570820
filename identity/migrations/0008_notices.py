"""The tables of notices."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_ledger")]

    operations = []

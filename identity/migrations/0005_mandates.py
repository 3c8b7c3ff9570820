"""The tables of mandates."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_consents")]

    operations = []

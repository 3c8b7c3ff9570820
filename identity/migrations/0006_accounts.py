"""The tables of accounts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_mandates")]

    operations = []

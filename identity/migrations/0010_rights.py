"""The tables of rights."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0009_clients")]

    operations = []

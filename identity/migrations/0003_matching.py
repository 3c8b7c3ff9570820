"""The tables of matching."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_people")]

    operations = []

"""The tables of consents."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_matching")]

    operations = []

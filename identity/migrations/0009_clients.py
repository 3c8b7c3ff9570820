"""The tables of clients."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_notices")]

    operations = []

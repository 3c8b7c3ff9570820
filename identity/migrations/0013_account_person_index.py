"""By which it is found whether a person is some account's."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("identity", "0012_account_people")]

    operations = [AddIndexConcurrently("account", models.Index(fields=["person"], name="account_person"))]

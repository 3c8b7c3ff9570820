"""What a version of the catalogue changed of what is overwritten."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0013_invited_adults")]

    operations = [
        migrations.AddField(
            model_name="catalogueversion",
            name=name,
            field=models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        )
        for name in ("before", "after")
    ]

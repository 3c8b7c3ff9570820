"""The directory of postcodes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tellusonce", "0010_failures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Postcode",
            fields=[
                ("code", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("district", models.CharField(max_length=20)),
                ("county", models.CharField(max_length=20)),
                ("nation", models.CharField(max_length=20)),
                ("is_terminated", models.BooleanField()),
            ],
        ),
    ]

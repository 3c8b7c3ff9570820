"""What has been hinted, for a broker that keeps no keys."""

from django.db import migrations, models

# It may be lost at any time, and is written at every submission: no log, no wait for a disk.
UNLOGGED = "ALTER TABLE tellusonce_mark SET UNLOGGED"


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0016_urgent")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(UNLOGGED, reverse_sql=migrations.RunSQL.noop),
    ]

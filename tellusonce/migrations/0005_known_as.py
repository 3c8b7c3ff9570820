from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0004_subjects")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="known_as",
            field=models.BinaryField(null=True),
        ),
    ]

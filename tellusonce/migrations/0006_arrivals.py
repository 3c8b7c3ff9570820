"""Letters, and what became of notices after they were taken."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

WORDS = (
    models.Q(state__in=["waiting", "owed", "sent", "failed"])
    & models.Q(by__in=["email", "text", "letter"])
    & models.Q(language__in=["en", "cy"])
)


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0005_known_as")]

    operations = [
        migrations.AddField(
            model_name="notice", name="arrival", field=models.CharField(db_default="", default="", max_length=20)
        ),
        migrations.AddField(model_name="notice", name="arrival_at", field=models.DateTimeField(null=True)),
        migrations.RemoveConstraint(model_name="notice", name="notice_words"),
        AddConstraintNotValid(
            model_name="notice", constraint=models.CheckConstraint(condition=WORDS, name="notice_words")
        ),
        ValidateConstraint(model_name="notice", name="notice_words"),
    ]

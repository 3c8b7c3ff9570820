"""The keys by which people are found, doubts, and opinions, which are only ever added to."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

ONLY_GROWS = """
CREATE TRIGGER identity_opinion_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_opinion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_people")]

    operations = [
        migrations.CreateModel(
            name="Doubt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("about", models.CharField(max_length=100)),
                ("bits", models.FloatField()),
                ("evidence", models.JSONField()),
                (
                    "cautions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), default=list, size=None
                    ),
                ),
                ("weights", models.CharField(max_length=50)),
                ("people_needed", models.PositiveSmallIntegerField(default=1)),
                ("answer", models.CharField(blank=True, max_length=20)),
                (
                    "raised_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BlockKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("value", models.BinaryField(max_length=12)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by", models.CharField(max_length=255)),
                ("organisation", models.CharField(blank=True, max_length=100)),
                ("answer", models.CharField(max_length=20)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "doubt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="identity.doubt"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("doubt", "by", "organisation"), name="one_opinion_each"),
                    models.CheckConstraint(
                        condition=models.Q(("answer__in", ["same", "different"])), name="opinion_is_an_answer"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="doubt",
            index=models.Index(condition=models.Q(("answer", "")), fields=["raised_at"], name="doubt_open"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(fields=("about", "person"), name="doubt_is_raised_once"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["", "same", "different"])), name="doubt_has_an_answer"
            ),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("decided_at", None)),
                    models.Q(models.Q(("answer", ""), _negated=True), models.Q(("decided_at", None), _negated=True)),
                    _connector="OR",
                ),
                name="decided_doubt_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockkey",
            constraint=models.UniqueConstraint(fields=("number", "value", "person"), name="block_key_is_kept_once"),
        ),
        migrations.RunSQL(ONLY_GROWS, "DROP TRIGGER identity_opinion_only_grows ON identity_opinion"),
    ]

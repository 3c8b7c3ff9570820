"""The tables of notices."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


def guard(table: str) -> migrations.RunSQL:
    """Refuse changes to a table whoever asks, its owner too."""
    name = f"tellusonce_{table}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {name}_only_grows ON {name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("tellusonce", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeAttempt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("notice_id", models.UUIDField(db_index=True)),
                ("number", models.PositiveIntegerField()),
                ("fence", models.BigIntegerField()),
                ("channel", models.CharField(max_length=10)),
                ("started_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("cause", models.CharField(max_length=120, unique=True)),
                ("kind", models.CharField(max_length=30)),
                ("by", models.CharField(max_length=10)),
                ("language", models.CharField(max_length=2)),
                ("sealed", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("owed", "Owed"), ("sent", "Sent"), ("failed", "Failed")],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=40)),
                ("due_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(default=0)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.datakey"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="tellusonce.report",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeResult",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="tellusonce.noticeattempt",
                    ),
                ),
                ("outcome", models.CharField(max_length=16)),
                ("code", models.CharField(max_length=60)),
                ("was_overtaken", models.BooleanField(default=False)),
                ("took_ms", models.PositiveIntegerField()),
                ("finished_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="noticeattempt",
            constraint=models.UniqueConstraint(fields=("notice_id", "fence"), name="notice_attempt_once_per_claim"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("state", "owed")), fields=["due_at"], name="notice_due"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "owed"])), fields=["expires_at"], name="notice_to_expire"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["created_at"], name="notice_troubled"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "owed", "sent", "failed"]),
                    ("by__in", ["email", "text"]),
                    ("language__in", ["en", "cy"]),
                ),
                name="notice_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("state", "owed")),
                    models.Q(models.Q(("state", "owed"), _negated=True), ("due_at__isnull", True)),
                    _connector="OR",
                ),
                name="notice_is_due_while_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("leased_until__isnull", True), ("state", "owed"), _connector="OR"),
                name="notice_is_leased_while_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                    _connector="OR",
                ),
                name="notice_sent_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "failed"), ("reason", ""), _connector="XOR"),
                name="notice_failed_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True), ("report__isnull", False), _connector="OR"
                ),
                name="notice_waits_for_a_report",
            ),
        ),
        guard("noticeattempt"),
        guard("noticeresult"),
    ]

"""Vacuum open deliveries by how many have changed, however many closed ones lie beside them."""

from django.db import migrations

# By default a fifth of the table has to be dead first, which for millions of closed deliveries is hours of changes.
SOONER = """
ALTER TABLE tellusonce_delivery SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)
"""
AS_USUAL = """
ALTER TABLE tellusonce_delivery RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)
"""


class Migration(migrations.Migration):
    """Takes a lock that only other changes of the table and a vacuum wait for."""

    dependencies = [("tellusonce", "0017_marks")]
    operations = [migrations.RunSQL(SOONER, AS_USUAL)]

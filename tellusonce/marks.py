"""What has been hinted and not seen to yet: marked, so that there is one message for it and not thousands.

A mark ends by itself, and may be lost at any time. It is kept beside the messages that it stands for: in Valkey or
Redis, where that is the broker; with RabbitMQ in a table that is not logged, which costs no wait for a disk.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection

from tellusonce import brokers

# All lanes of a report in one command: twenty took as long as the transaction that they follow.
SET = """
local marked = {}
for place, key in ipairs(KEYS) do
    marked[place] = redis.call('SET', key, '', 'NX', 'PX', ARGV[1]) and 1 or 0
end
return marked
"""
# Who finds a mark that stands writes nothing, and so waits for nobody.
TAKE = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
INSERT INTO tellusonce_mark (name, until)
SELECT wanted.name, moment.at + %s * interval '1 second' FROM unnest(%s::text[]) AS wanted (name), moment
WHERE NOT EXISTS (SELECT 1 FROM tellusonce_mark m WHERE m.name = wanted.name AND m.until > moment.at)
ORDER BY wanted.name
ON CONFLICT (name) DO UPDATE SET until = excluded.until
    WHERE tellusonce_mark.until <= (SELECT at FROM moment)
RETURNING name
"""
DROP = "DELETE FROM tellusonce_mark WHERE name = ANY(%s)"


def take(names: Sequence[str]) -> set[str]:
    """Mark these, and give those that were not marked: of many who ask at once, one is given each.

    Raises one of brokers.FAULTS.
    """
    return _take_rows(names) if settings.BROKER_IS_RABBITMQ else _take_keys(names)


def drop(names: Sequence[str]) -> None:
    """Let these be hinted again, or leave it to their end where the broker rests. Raises one of brokers.FAULTS."""
    if settings.BROKER_IS_RABBITMQ:
        with connection.cursor() as cursor:
            cursor.execute(DROP, [sorted(names)])
    elif not brokers.is_resting():
        brokers.valkey().delete(*map(_key, names))


def _take_rows(names: Sequence[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [settings.LEASE_SECONDS, sorted(set(names))])
        return {row[0] for row in cursor.fetchall()}


def _take_keys(names: Sequence[str]) -> set[str]:
    lease = int(settings.LEASE_SECONDS * 1000)
    marked: list[int] = brokers.valkey().eval(SET, len(names), *map(_key, names), lease)
    return {name for name, is_new in zip(names, marked, strict=True) if is_new}


def _key(name: str) -> str:
    return f"tell-us-once:hint:{name}"

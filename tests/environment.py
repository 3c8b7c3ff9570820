"""The environment that tests run in, set before anything reads a setting; pytest loads it as a plugin.

Addresses are chosen here and nothing is started: a test that needs no server costs no server. A DATABASE_URL
(or DATABASE_OWNER_URL) that is set already names a server to use, under a role that may create databases and roles;
REDIS_URL one that may be flushed, for tests that run one after another.
"""

import os
import secrets
from urllib.parse import urlsplit

from deploy import ports
from identity import keyrings


def first(name: str, value: str) -> str:
    """Give what was set by the first process of a run, from which those that run tests side by side inherit."""
    return os.environ.setdefault(f"TESTS_{name}", value)


ROLE, PASSWORD = "tuo_test", first("PASSWORD", secrets.token_urlsafe(16))
DATABASE = f"test_tellusonce_{os.getpid()}"

given_database_url = first(
    "DATABASE_URL", os.environ.get("DATABASE_OWNER_URL", "") or os.environ.get("DATABASE_URL", "")
)
given_redis_url = first("REDIS_URL", os.environ.get("REDIS_URL", ""))
# Held until the servers start, so that nobody else is given these ports meanwhile.
held_for_postgres, held_for_valkey = ports.hold(), ports.hold()
valkey_password = secrets.token_urlsafe(16)


def database_url() -> str:
    """Give the address under which tests, and the processes that they start, reach the database."""
    at = urlsplit(given_database_url)
    host, port = (at.hostname, at.port or 5432) if given_database_url else (ports.HOST, ports.number(held_for_postgres))
    return f"postgresql://{ROLE}:{PASSWORD}@{host}:{port}/{DATABASE}"


def pytest_unconfigure() -> None:
    """Let the ports go that no test asked for."""
    held_for_postgres.close()
    held_for_valkey.close()


os.environ.pop("DATABASE_OWNER_URL", None)
os.environ.update(
    {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "SERVICE_ADDRESS": "https://tell.northmoor.example",
        "HTTPS_ONLY": "true",
        "DATABASE_URL": database_url(),
        "REDIS_URL": given_redis_url or f"redis://:{valkey_password}@{ports.HOST}:{ports.number(held_for_valkey)}/0",
        "VAULT_KEYS": keyrings.generate(),
        "EGRESS_PRIVATE_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "INFO",
    }
)
for name in ("VAULT_KEYS_FILE", "SECRETS", "SECRETS_FILE", "SECRETS_FOLDER", "PROMETHEUS_MULTIPROC_DIR"):
    os.environ.pop(name, None)
for name in ("BROKER_URL", "DRAIN_SECONDS", "SWEEP_SECONDS"):
    os.environ.pop(name, None)

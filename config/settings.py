"""Every setting of the service, read from the environment and from nothing else.

What must be set, and is not, is named in one sentence before anything starts; whatever has a default has the safe one.
"""

import ipaddress
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

env = Env()


def required(name: str, meaning: str) -> str:
    """Read a variable that has no safe default."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {meaning}.")
    return value


def networks(name: str) -> tuple[Network, ...]:
    """Read networks in the notation of RFC 4632, with commas between."""
    texts: list[str] = env.list(name, [])
    try:
        return tuple(ipaddress.ip_network(text.strip()) for text in texts)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} takes networks such as 10.0.0.0/8,fd00::/8: {error}.") from error


def colour(name: str, usual: str) -> str:
    """Read a colour on which white can be read: WCAG 2.2, success criterion 1.4.3, contrast at least 4.5 to 1."""
    value = env.str(name, usual)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ImproperlyConfigured(f"{name} takes a colour such as #1d4f73.")
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004 - as WCAG defines relative luminance
    if 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) < 4.5:  # noqa: PLR2004
        raise ImproperlyConfigured(f"{name} is too light for the white words on it: take a darker colour.")
    return value


def picture(name: str) -> Path | None:
    """Read the path of a picture that is shown on every page."""
    value = env.str(name, "")
    if not value:
        return None
    if Path(value).suffix not in {".svg", ".png"} or not Path(value).is_file():
        raise ImproperlyConfigured(f"{name} takes the path of a file that is there, as .svg or .png.")
    return Path(value)


ROOT = Path(__file__).parent.parent
SECRET_KEY = required("SECRET_KEY", "fifty random characters or more, the same for every process and kept to yourself")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
DEBUG = False

# Who may reach us, and how
_hosts = required("ALLOWED_HOSTS", "the host names by which the service is reached, with commas between")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",")]
SECURE_SSL_REDIRECT = env.bool("HTTPS_ONLY", True)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
# Only behind a proxy that sets, and never passes on, this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TLS_ENDS_AT_PROXY", False) else None
# Not "no-referrer": with it browsers send `Origin: null` along with a form, and it would be refused as forged.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# What is uploaded stays in memory and under this size: it is full of personal data, and no disk is to have it in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "oauth2_provider",
    "identity",
    "tellusonce",
]
MIDDLEWARE = [
    "tellusonce.api.problems.middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tellusonce.web.headers.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CSRF_FAILURE_VIEW = "tellusonce.web.failures.forged"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]
LANGUAGE_COOKIE_NAME = "lang"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "Europe/London"
USE_TZ = True

# What pages are made of, and whose they are: docs/pages.md
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "tellusonce" / "web" / "templates"],
        "OPTIONS": {
            "environment": "tellusonce.web.environment.environment",
            "context_processors": ["tellusonce.web.environment.context"],
        },
    }
]
# What `deploy/assets.py` builds. Each name holds a digest of the content, so that a browser may keep it for ever.
ASSETS = ROOT / ".assets"
STATIC_URL, STATIC_ROOT = "/assets/", ASSETS / "files"
WHITENOISE_IMMUTABLE_FILE_TEST = r"-[0-9a-f]{16}\."
WHITENOISE_ALLOW_ALL_ORIGINS = False
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # Browsers hold a form's redirects to it too: whoever signs in elsewhere leaves by a link, not by a form.
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SERVICE_NAME = env.str("SERVICE_NAME", "Tell Us Once")
COUNCIL_NAME = env.str("COUNCIL_NAME", "Your council")
COUNCIL_COLOUR = colour("COUNCIL_COLOUR", "#1d4f73")
COUNCIL_LOGO = picture("COUNCIL_LOGO")
# Whom people can ask, as pages say it: an e-mail address, a telephone number, or both.
COUNCIL_CONTACT = env.str("COUNCIL_CONTACT", "")
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", "") or COUNCIL_CONTACT
# Says on every page that nothing here is real.
DEMONSTRATION = env.bool("DEMONSTRATION", False)

# The database. Migrations run as its owner, everything else under a role with fewer rights (docs/architecture.md).
required("DATABASE_URL", "postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE, the role being the application's")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.dj_db_url("DATABASE_URL"),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # PgBouncer in transaction mode keeps no cursor between transactions.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    },
}
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    # A peer that has gone without a word is noticed within half a minute.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    **DATABASES["default"].get("OPTIONS", {}),
}
# No thread waits for ever for a lock that somebody forgot, and nobody who was stopped in the middle of a transaction
# keeps its locks. Migrations set it to 0: they may take their time.
if (_seconds := env.int("STATEMENT_SECONDS", 30)) > 0:
    DATABASES["default"]["OPTIONS"].setdefault(
        "options",
        " ".join(f"-c {each}_timeout={_seconds}s" for each in ("statement", "lock", "idle_in_transaction_session")),
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts and clients
AUTH_USER_MODEL = "identity.Account"
OAUTH2_PROVIDER_APPLICATION_MODEL = "identity.Client"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "reports:start": "Start reports",
        "reports:answer": "Save and submit answers",
        "reports:read": "Read the state of reports",
        "evidence:record": "Record the evidence of a life event",
        "inbox:read": "Fetch what is addressed to one's own organisation",
        "events:poll": "Fetch and acknowledge one's own security events",
        "deliveries:read": "Read the state of one's own deliveries",
        "confirmations:write": "Say what was done",
    },
    "SCOPES_BACKEND_CLASS": "identity.clients.ClientScopes",
    "OAUTH2_VALIDATOR_CLASS": "identity.oauth.Validator",
    "CLIENT_SECRET_HASHER": "pbkdf2_sha256_secret",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    # Staff of other systems sign in anew after a working day.
    "REFRESH_TOKEN_EXPIRE_SECONDS": 8 * 3600,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["client_credentials", "authorization_code", "refresh_token"],
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # RFC 9700, Best Current Practice for OAuth 2.0 Security: no implicit or password grant, no token in a URL, tokens
    # kept as digests.
    **{
        f"COMPLIANT_BCP_RFC9700_{rule}": True
        for rule in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
        )
    },
}
# Of each client, unless it has a limit of its own; 0 is none. Counted in Valkey (docs/clients.md).
CLIENT_REQUESTS_PER_MINUTE = env.int("CLIENT_REQUESTS_PER_MINUTE", 6000)
LOGIN_URL = ""  # there is no page for it yet
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "identity.clients.SecretHasher"]

AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"}
    | {"OPTIONS": {"user_attributes": ["login"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "identity.sessions"
# The prefix lets no other host of the domain set it (RFC 6265bis section 4.1.3.2); it needs HTTPS.
SESSION_COOKIE_NAME = "__Host-visit" if SECURE_SSL_REDIRECT else "visit"
IDLE_SECONDS_STAFF = env.int("IDLE_SECONDS_STAFF", 15 * 60)
IDLE_SECONDS_CITIZENS = env.int("IDLE_SECONDS_CITIZENS", 30 * 60)
VISIT_SECONDS = 8 * 3600
# How many proxies of ours a request passes, each of which adds to X-Forwarded-For whom it heard; needed for lockouts.
PROXIES = env.int("PROXIES", 1 if SECURE_PROXY_SSL_HEADER else 0)
SIGN_IN_PROVIDERS_FILE = env.str("SIGN_IN_PROVIDERS_FILE", "")
# Lets anybody be anybody (identity/development.py).
DEVELOPMENT_SIGN_IN = env.bool("DEVELOPMENT_SIGN_IN", False)
if DEVELOPMENT_SIGN_IN and (SECURE_SSL_REDIRECT or set(ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"}):
    raise ImproperlyConfigured(
        "DEVELOPMENT_SIGN_IN lets anybody be anybody: it wants HTTPS_ONLY=false, and ALLOWED_HOSTS of this machine."
    )

# The engine
DRAIN_SECONDS = env.float("DRAIN_SECONDS", 40.0)  # what a drain starts must be settled by an eighth more
if not 1 <= DRAIN_SECONDS <= 70:  # noqa: PLR2004 - the lease has to end before the broker hands a hint out again
    _message = "DRAIN_SECONDS has to lie between 1 and 70."
    raise ImproperlyConfigured(_message)
LEASE_SECONDS = DRAIN_SECONDS * 1.5
REPLY_SECONDS = min(env.float("REPLY_SECONDS", 15.0), DRAIN_SECONDS / 2)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 5.0)
STALLED_MINUTES = env.float("STALLED_MINUTES", 15.0)  # what has been due for longer shows that nothing moves
# Submissions are put off while something has waited longer than this for a worker alone; 0 is never.
PUT_OFF_SECONDS = env.float("PUT_OFF_SECONDS", 300.0)
SECRETS = env.str("SECRETS", "")
SECRETS_FILE = env.str("SECRETS_FILE", "")
SECRETS_FOLDER = env.str("SECRETS_FOLDER", "")

# What is kept outside the database, so that a cut or an older one is noticed (docs/ledger.md, docs/keys.md)
LEDGER_HEADS_FILE = env.str("LEDGER_HEADS_FILE", "")
LEDGER_SEAL_SECONDS = env.float("LEDGER_SEAL_SECONDS", 10.0)
ERASURES_FILE = env.str("ERASURES_FILE", "")
RETENTION_DAYS = env.int("RETENTION_DAYS", 365)  # from the day on which the last recipient confirmed
# Where it is declared what each column of the database holds.
COLUMNS = "tellusonce.columns"

# The network
# Where recipients may be reached although the address is not public.
EGRESS_PRIVATE_NETWORKS = networks("EGRESS_PRIVATE_NETWORKS")

# Celery: PostgreSQL owes, the broker carries hints that may be lost (docs/architecture.md)
REDIS_URL = env.str("REDIS_URL", "")
BROKER_URL = env.str("BROKER_URL", "") or REDIS_URL
if not BROKER_URL:
    raise ImproperlyConfigured("Set REDIS_URL: redis://HOST:PORT/0, where the hints to workers go; or BROKER_URL.")
BROKER_IS_RABBITMQ = urlsplit(BROKER_URL).scheme in {"amqp", "amqps"}
if not BROKER_IS_RABBITMQ:
    REDIS_URL = BROKER_URL
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured(
        "REDIS_URL has to begin with redis://, rediss:// or unix://; BROKER_URL may begin with amqp:// or amqps:// too."
    )

CELERY_BROKER_URL = BROKER_URL
# For whoever only publishes: a hint never holds up a page. A worker waits longer, see config/celery.py.
CONNECT_SECONDS, PUBLISH_SECONDS = 0.3, 0.5
CELERY_BROKER_CONNECTION_TIMEOUT = CONNECT_SECONDS
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "global_keyprefix": "tell-us-once:",
    # Time limit of a drain < lease < visibility: nothing is handed out twice while it still runs.
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "socket_connect_timeout": CONNECT_SECONDS,
    "socket_timeout": PUBLISH_SECONDS,
    "max_retries": 0,
}
_queue: dict[str, Any] = {}
if BROKER_IS_RABBITMQ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # A hint that was not taken is to be known as lost, so that the mark of it does not stand for nothing.
        "confirm_publish": True,
        "read_timeout": PUBLISH_SECONDS,
        "write_timeout": PUBLISH_SECONDS,
        "max_retries": 0,
    }
    CELERY_BROKER_HEARTBEAT = 10
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    _queue = {"queue_arguments": {"x-queue-type": "quorum"}}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "prompt"
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {"prompt": _queue, "slow": _queue}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONSUMER = "config.consumers:Consumer"
CELERY_WORKER_CONCURRENCY = env.int("WORKER_THREADS", 24)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# In memory: the schedule is one line, and a file would only be one more thing to lose.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5.0
# Chores that may be late. What must be found in time every worker looks for itself, see tellusonce/sweeper.py.
CELERY_BEAT_SCHEDULE = {
    "release": {"task": "tellusonce.tasks.release", "schedule": 3600.0},
    "seal_ledger": {
        "task": "tellusonce.tasks.seal_ledger",
        "schedule": LEDGER_SEAL_SECONDS,
        "options": {"expires": LEDGER_SEAL_SECONDS},
    },
    "remind": {"task": "tellusonce.tasks.remind", "schedule": 3600.0},
    "forget": {"task": "tellusonce.tasks.forget", "schedule": 24 * 3600.0},
}

# Notices (docs/notices.md). Without a channel nothing is promised to anybody, and nothing is sent.
NOTICES_CHANNEL = env.str("NOTICES_CHANNEL", "")
SERVICE_ADDRESS = env.str("SERVICE_ADDRESS", "")
if SERVICE_ADDRESS and urlsplit(SERVICE_ADDRESS).scheme not in {"http", "https"}:
    raise ImproperlyConfigured(
        "SERVICE_ADDRESS has to be where people reach the service, such as https://tell.example."
    )
if NOTICES_CHANNEL not in {"", "console", "smtp", "notify"}:
    raise ImproperlyConfigured("NOTICES_CHANNEL has to be console, smtp or notify, or nothing at all.")
EMAIL_TIMEOUT = 5  # seconds for each step of a conversation; all of them together are less than a lease
if NOTICES_CHANNEL == "smtp":
    EMAIL_HOST = required("EMAIL_HOST", "the mail server that takes our e-mail, since NOTICES_CHANNEL is smtp")
    NOTICES_FROM = required("NOTICES_FROM", "the address that our e-mail comes from, such as no-reply@example.gov.uk")
    EMAIL_PORT = env.int("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
    if not EMAIL_USE_TLS and EMAIL_HOST not in {"localhost", "127.0.0.1", "::1"}:
        raise ImproperlyConfigured("EMAIL_USE_TLS may only be false for a mail server on this machine.")
if NOTICES_CHANNEL == "notify":
    NOTIFY_URL = env.str("NOTIFY_URL", "https://api.notifications.service.gov.uk")
    if urlsplit(NOTIFY_URL).scheme != "https" and urlsplit(NOTIFY_URL).hostname not in {"localhost", "127.0.0.1"}:
        raise ImproperlyConfigured("NOTIFY_URL has to begin with https://.")
    NOTIFY_API_KEY = required("NOTIFY_API_KEY", "an API key of GOV.UK Notify, since NOTICES_CHANNEL is notify")
    if not re.fullmatch(r".+(-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){2}", NOTIFY_API_KEY):
        raise ImproperlyConfigured("NOTIFY_API_KEY is not whole: a name and two UUIDs, with hyphens between.")
    NOTIFY_EMAIL_TEMPLATE = required("NOTIFY_EMAIL_TEMPLATE", "the id of a template with ((subject)) and ((body))")
    NOTIFY_TEXT_TEMPLATE = required("NOTIFY_TEXT_TEMPLATE", "the id of a text template that is ((body)) alone")
NOTIFY_LETTER_TEMPLATE = env.str("NOTIFY_LETTER_TEMPLATE", "")
NOTIFY_CALLBACK_TOKEN = env.str("NOTIFY_CALLBACK_TOKEN", "")
if NOTIFY_CALLBACK_TOKEN and len(NOTIFY_CALLBACK_TOKEN) < 32:  # noqa: PLR2004
    raise ImproperlyConfigured("NOTIFY_CALLBACK_TOKEN has to have 32 characters or more, chosen at random.")

LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": LOG_LEVEL}

"""What an operator watches: counters of the engine, kept by every process and added up where they are read.

Labels are slugs, codes and lanes; never a person's. Set PROMETHEUS_MULTIPROC_DIR to one directory for all processes
of a machine, and ``/metrics`` of any of them speaks for all.
"""

from prometheus_client import Counter, Histogram

ATTEMPTS = Counter("tellusonce_attempts", "Tries on the wire by what became of them", ["recipient", "outcome"])
ATTEMPT_SECONDS = Histogram(
    "tellusonce_attempt_seconds",
    "How long a try was on the wire",
    ["recipient"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20),
)
FAILURES = Counter("tellusonce_attempt_failures", "Tries that were not taken, by code", ["recipient", "code"])
REPLY_BYTES = Counter("tellusonce_reply_bytes", "Bytes of replies that came", ["recipient"])
DRAINS = Counter("tellusonce_drains", "Times a lane was drained", ["lane"])
FENCED = Counter("tellusonce_settlings_fenced", "Settlings that came after somebody else had taken over")
HINTS = Counter("tellusonce_hints", "Hints to workers: given, or lost because the broker could not take them", ["fate"])
RECOVERED = Counter("tellusonce_hints_recovered", "Lanes with first attempts that only the sweeper found")
PUT_OFF = Counter("tellusonce_put_off", "Submissions that were put off, by why", ["reason"])
CONFIRMATIONS = Counter("tellusonce_confirmations", "What recipients said they did", ["door", "outcome"])
CONTESTED = Counter("tellusonce_contested", "Deliveries whose recipient said two things that do not go together")
REFUSED = Counter("tellusonce_refused_requests", "Requests that were refused or failed", ["door", "status"])
WITHHELD = Counter("tellusonce_withheld", "Deliveries withheld when their turn came", ["reason"])
UNKNOWN_FAILURES = Counter("tellusonce_drain_errors", "Errors at the edge of a drain that have no class", ["type"])
NOTICES = Counter("tellusonce_notices", "Tries to send a notice by what became of them", ["kind", "outcome"])
WAIT = Histogram(
    "tellusonce_wait_seconds",
    "From the duty to its first try",
    buckets=(0.05, 0.1, 0.3, 1, 3, 10, 30, 60, 300, 3600),
)

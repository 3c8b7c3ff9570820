"""Say what was done in a file, as a recipient does whose system can write nothing else."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from adapters.simulator.lines import Heard, Line

PATH = "/api/v1/confirmations/file"
COLUMNS = ("message", "outcome", "actions", "on", "reference", "note")


async def send_back(line: Line, entry: Mapping[str, Any]) -> Heard:
    """Send back a file of one line; one that is refused is as bad as none."""
    says = entry["says"]
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    codes = " ".join(action["code"] for action in says["actions"])
    days = [action["on"] or "" for action in says["actions"]][:1] or [""]
    writer.writerow([entry["message_id"], says["outcome"], codes, *days, says["their_reference"], says["note"]])
    headers = {"Content-Type": "text/csv", "Idempotency-Key": entry["key"]}
    heard = await line.call("POST", PATH, headers=headers, body=written.getvalue().encode())
    said = heard.json() if heard.is_well else None
    return Heard(422) if isinstance(said, dict) and said.get("refused") else heard

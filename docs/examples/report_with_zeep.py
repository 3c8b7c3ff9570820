"""Report a death from a registration system that speaks SOAP alone: start, submit, follow, with `zeep`.

    TELL_ADDRESS=https://tell.northmoor.example TELL_CLIENT_ID=... TELL_CLIENT_SECRET=... \
        python report_with_zeep.py ENTRY_NUMBER

Each step has a key of its own, the same for every try: whatever is lost on the way, the whole may be run again.
"""

import os
import sys
from typing import Any

import zeep
from zeep.wsse.username import UsernameToken

# Nobody is called so; your system has these from its own records.
ENTRY: dict[str, Any] = {
    "subject": {"name": {"given": ["George", "Test"], "family": "Example"}, "born_on": "1941-03-09"},
    "death": {"died_on": "2026-01-14"},
}
TOLD: dict[str, Any] = {
    "subject": {
        "addresses": [{"use": "usual", "lines": ["1 Sample Street"], "town": "Northmoor", "postcode": "ZX1 1AA"}]
    },
    "informant": {"name": {"given": ["Ada"], "family": "Example"}, "relationship": "daughter"},
}


def main(number: str) -> None:
    """Report one entry, and list whom it is told to."""
    address = os.environ["TELL_ADDRESS"].rstrip("/")
    us = UsernameToken(os.environ["TELL_CLIENT_ID"], os.environ["TELL_CLIENT_SECRET"])
    service = zeep.Client(f"{address}/soap/reports?wsdl", wsse=us).service
    entry = {**ENTRY, "registration": {"number": number}}
    answers = {**entry, **TOLD, "subject": {**entry["subject"], **TOLD["subject"]}}
    started = service.StartReport(
        Key=f"start-{number}",
        Answers={"death": answers},
        Evidence={"Type": "register-entry", "Entry": {"death": entry}},
    )
    service.SubmitReport(Key=f"submit-{number}", ReportId=started.ReportId)
    followed = service.FollowReport(ReportId=started.ReportId)
    print(followed.Reference, followed.State)
    for recipient in followed.Recipient:
        print(recipient.Slug, recipient.State)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Say what was done about one message: SOAP, WS-Security UsernameToken, `zeep`.

    TELL_ADDRESS=https://tell.northmoor.example TELL_CLIENT_ID=... TELL_CLIENT_SECRET=... \
        python confirm_with_zeep.py MESSAGE_ID acted account_closed

The published WSDL is all that is needed. Safe to repeat: the second time the answer is `duplicate`.
"""

import os
import sys

import zeep
from zeep.wsse.username import UsernameToken


def main(message_id: str, outcome: str, *actions: str) -> int:
    """Confirm; 1 after a fault, whose words say what would be right."""
    address = os.environ["TELL_ADDRESS"].rstrip("/")
    us = UsernameToken(os.environ["TELL_CLIENT_ID"], os.environ["TELL_CLIENT_SECRET"])
    service = zeep.Client(f"{address}/soap/confirmations?wsdl", wsse=us).service
    try:
        recorded = service.RecordConfirmation(
            DeliveryId=message_id, Outcome=outcome, Action=[{"Code": code} for code in actions]
        )
    except zeep.exceptions.Fault as fault:
        print(fault.message, file=sys.stderr)
        return 1
    print("said before" if recorded == "duplicate" else "new")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

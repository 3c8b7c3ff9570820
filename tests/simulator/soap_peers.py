"""What SOAP recipients are told to play, and what is sent to them, for each demo WSDL."""

from typing import Any

from tests.simulator.peers import WSDLS

TAKEN = {"Result": "Accepted", "Receipt": "{their_reference}"}
REVENUES: dict[str, Any] = {
    "name": "revenues",
    "style": "soap",
    "soap": {"wsdl": WSDLS / "tallystone-revenues.wsdl", "service": "RevenuesService", "port": "RevenuesPort"},
    "message_id": "Header.MessageId",
    "reference": "CaseReference",
    "sequence": "Header.Sequence",
    "replies": {
        "taken": TAKEN,
        "duplicate": {**TAKEN, "Result": "AlreadyReceived"},
        "acted": {
            **TAKEN,
            "Decision": {"Outcome": "Actioned", "EffectiveOn": "{today}", "ActionTaken": ["AccountClosed"]},
        },
        "no_match": {**TAKEN, "Decision": {"Outcome": "NoAccountFound"}},
    },
}
MEMBERS: dict[str, Any] = {
    "name": "members",
    "style": "soap",
    "soap": {"wsdl": WSDLS / "hearthside-tenancies.wsdl", "service": "HearthsideService", "port": "MembersPort"},
    "message_id": "messageId",
    "reference": "caseReference",
    "sequence": "sequence",
    "replies": {
        "taken": {"status": "OK", "ticket": "{their_reference}", "outcome": "NONE"},
        "acted": {"status": "OK", "ticket": "{their_reference}", "outcome": "ENDED"},
    },
}
GATEWAY: dict[str, Any] = {
    "name": "gateway",
    "style": "soap",
    "soap": {"wsdl": WSDLS / "crossgate-gateway.wsdl", "service": "CrossgateService", "port": "GatewayPort"},
    "message_id": "MessageIdentifier",
    "reference": "CorrelationReference",
    "sequence": "SequenceNumber",
    "replies": {
        "taken": {
            "MessageIdentifier": "{message_id}",
            "GatewayReference": "{their_reference}",
            "status": "accepted",
        },
        "acted": {
            "MessageIdentifier": "{message_id}",
            "GatewayReference": "{their_reference}",
            "Answer": {"Code": "acted", "Action": [{"Type": "licence_cancelled", "EffectiveDate": "{today}"}]},
            "status": "accepted",
        },
    },
}
ELECTORS: dict[str, Any] = {
    "name": "electors",
    "style": "soap",
    "soap": {"wsdl": WSDLS / "rollcall-electors.wsdl", "service": "ElectorsService", "port": "ElectorsPort"},
    "message_id": "instruction.id",
    "reference": "instruction.caseReference",
    "sequence": "instruction.sequence",
    "replies": {"taken": {"receipt": {"number": "{their_reference}", "seenBefore": False, "takenAt": "{now}"}}},
}
ADULTS: dict[str, Any] = {
    "name": "adults",
    "style": "soap",
    "soap": {"wsdl": WSDLS / "carepath-adults.wsdl", "service": "CarepathService", "port": "AdultsPort12"},
    "message_id": "MessageId",
    "reference": "CaseReference",
    "sequence": "Sequence",
    "replies": {"taken": {"Acknowledged": True}, "acted": {"Acknowledged": True, "Finding": "closed"}},
}
ALL = [REVENUES, MEMBERS, GATEWAY, ELECTORS, ADULTS]

_HEADER = {"MessageId": "m-1", "CaseReference": "K7QF-2M9X", "Sequence": 1}
_ADDRESS = {"Line": ["1 Heol Fawr", "Northmoor"], "Postcode": "NM1 1AA"}
SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "revenues": (
        "NotifyDeath",
        {
            "Header": _HEADER,
            "Deceased": {
                "Forenames": "Ann Mair",
                "Surname": "Hughes",
                "Address": _ADDRESS,
                "DateOfDeath": "2026-11-03",
            },
            "Account": [{"Kind": "CouncilTax", "Number": "C-1"}, {"Kind": "HousingBenefit", "Number": "H-1"}],
        },
    ),
    "members": (
        "recordDeath",
        {
            "messageId": "m-1",
            "caseReference": "K7QF-2M9X",
            "sequence": 1,
            "member": {"lastName": "Hughes", "firstNames": "Ann Mair", "died": "03/11/2026"},
            "caller": {"fullName": "Huw Hughes", "isRelative": "Y"},
        },
    ),
    "gateway": (
        "SubmitNotification",
        {
            "schemaVersion": "2.1",
            "Control": {
                "MessageIdentifier": "m-1",
                "CorrelationReference": "K7QF-2M9X",
                "SequenceNumber": 1,
                "Timestamp": "2026-11-05T10:00:00Z",
            },
            "Citizen": {
                "Name": {"Given": ["Ann", "Mair"], "Family": "Hughes"},
                "Identifier": [{"_value_1": "AA000000A", "scheme": "NINO"}],
            },
            "Death": {"DateOfDeath": "2026-11-03"},
        },
    ),
    "electors": (
        "removeElector",
        {
            "instruction": {"id": "m-1", "caseReference": "K7QF-2M9X", "sequence": 1},
            "elector": {"surname": "Hughes", "forenames": "Ann", "qualifyingAddress": {"property": "1 Heol Fawr"}},
            "reason": "DECEASED",
            "occurredOn": "2026-11-03",
        },
    ),
    "adults": (
        "CloseRecord",
        {
            "MessageId": "m-1",
            "CaseReference": "K7QF-2M9X",
            "Sequence": 1,
            "ServiceUser": {"FamilyName": "Hughes", "GivenNames": "Ann Mair"},
            "DateOfDeath": "2026-11-03",
        },
    ),
}

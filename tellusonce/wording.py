"""Why somebody was not told, in words for whoever asks; the codes themselves are stored and counted."""

from tellusonce.disclosure import Reason

BY_REASON = {
    Reason.RECIPIENT_INACTIVE: "This service is no longer told through us.",
    Reason.NOT_ASSURED: "The connection to this service has not been confirmed as safe, so nothing is sent over it.",
    Reason.NO_AGREEMENT: "There is no agreement by which this service may be told.",
    Reason.NOT_IN_FORCE: "The agreement by which this service may be told is not in force.",
    Reason.CONSENT_NEEDED: "This service may only be told with consent, which has not been given.",
    Reason.CONSENT_REFUSED: "This service may only be told with consent, which was refused.",
    Reason.CONSENT_WITHDRAWN: "This service may only be told with consent, which has been withdrawn.",
    Reason.NOT_CHOSEN: "The informant chose not to tell this service.",
    Reason.UNVERIFIED: "Nobody is told before the register entry, or other evidence, has been recorded.",
    Reason.POSSIBLE_DUPLICATE: "This may have been reported before. Somebody is looking into it; nobody is told twice.",
    Reason.DUPLICATE: "This was reported before. The service is told under the first report.",
    Reason.ERASED: "What was told has been erased, so that it can no longer be sent.",
    Reason.GRANT_NARROWED: "The agreement no longer covers all that was to be sent. Somebody is looking into it.",
}
FAILED = "The message could not be delivered as it is. Somebody is looking into it."
UNKNOWN = "It is not certain whether the message arrived. Somebody is asking the service before it is sent again."
UNCERTAIN = {"outcome-unknown", "quarantined"}


def explain(reason: str) -> str:
    """Put a reason into words; nothing where there is none."""
    if reason in UNCERTAIN:
        return UNKNOWN
    return BY_REASON.get(Reason(reason), FAILED) if reason in set(Reason) else FAILED if reason else ""

"""What was granted at the submission is held against what is decided now."""

import pytest

from tellusonce import disclosure
from tellusonce.disclosure import Grant, Reason, Refusal
from tellusonce.models import Agreement

PINNED, NEWER = 1, 2
SHOWN = ["death.died_on", "subject.name.family"]


def grant(agreement_id: int, *fields: str) -> Grant:
    return Grant(Agreement(pk=agreement_id), frozenset(fields))


@pytest.mark.parametrize(
    ("decision", "was_said", "expected"),
    [
        (Refusal(Reason.NOT_IN_FORCE), False, Refusal(Reason.NOT_IN_FORCE)),
        (Refusal(Reason.NOT_IN_FORCE), True, Refusal(Reason.NOT_IN_FORCE)),
        (grant(PINNED, *SHOWN), False, (PINNED, SHOWN)),
        (grant(PINNED, *SHOWN), True, (PINNED, SHOWN)),
        # Before it was said the newer agreement counts, for no more than was shown ...
        (grant(NEWER, *SHOWN, "subject.sex"), False, (NEWER, SHOWN)),
        (grant(NEWER, "subject.name.family"), False, (NEWER, ["subject.name.family"])),
        (grant(NEWER, "subject.sex"), False, Refusal(Reason.GRANT_NARROWED)),
        # ... and after it nothing of what is said may change.
        (grant(NEWER, *SHOWN, "subject.sex"), True, (PINNED, SHOWN)),
        (grant(NEWER, "subject.name.family"), True, Refusal(Reason.GRANT_NARROWED)),
    ],
)
def test_content_never_grows_and_once_said_never_changes(
    decision: Grant | Refusal, *, was_said: bool, expected: tuple[int, list[str]] | Refusal
) -> None:
    assert disclosure.uphold(decision, agreement_id=PINNED, fields=SHOWN, was_said=was_said) == expected

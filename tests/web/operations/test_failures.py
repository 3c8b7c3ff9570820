"""What failed, why and after which tries; and putting it back: one, several, or all that are alike, never unseen."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest

from identity.models import Access
from tellusonce import clocks
from tellusonce.deliveries import failures, hints
from tellusonce.models import Attempt, Delivery, Result
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Desk:
    return Desk("operator", "")


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note which lanes are hinted."""
    noted: list[Any] = []
    monkeypatch.setattr(hints, "wake", noted.extend)
    return noted


def failed(slug: str = "library", reason: str = "http-422", **columns: Any) -> Delivery:
    """A delivery that failed after one try."""
    if not Delivery.objects.filter(recipient__slug=slug).exists():
        factories.recipient(slug, name=slug.title(), organisation=columns.pop("organisation", "northmoor"))
    report = factories.submitted(chosen=[slug])
    delivery = report.deliveries.get(recipient__slug=slug)
    attempt = Attempt.objects.create(
        delivery_id=delivery.pk, number=1, fence=1, digest=b"", started_at=clocks.now() - dt.timedelta(minutes=1)
    )
    Result.objects.create(
        attempt=attempt, outcome="refused", code=reason, took_ms=1234, finished_at=clocks.now(), was_overtaken=True
    )
    changed = {"state": "failed", "reason": reason, "due_at": None, "tries": 1, **columns}
    Delivery.objects.filter(pk=delivery.pk).update(**changed)
    delivery.refresh_from_db()
    return delivery


def states() -> list[str]:
    return sorted(Delivery.objects.filter(recipient__slug__in=["library", "museum"]).values_list("state", flat=True))


def seen(page: str) -> dict[str, Any]:
    """Give the form of a dry run as it would be sent."""
    return {"seen": "yes", "delivery": re.findall(r'name="delivery" value="([^"]+)"', page)}


def test_the_list_says_why_each_failed_and_nothing_of_the_people(operator: Desk) -> None:
    delivery = failed()
    page = words(operator.read("failures"))
    assert f"{delivery.report.reference} Library Refused They refuse it: http-422" in page
    assert "Quillfeather" not in page


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("outcome-unknown", "would not notice that it came twice"),
        ("quarantined", "several times in a row"),
        ("mapping-misfit", "cannot be put into their shape: mapping-misfit"),
        ("fault-Client", "They refuse it: fault-Client"),
    ],
)
def test_a_reason_is_said_in_words_with_what_to_do(operator: Desk, reason: str, said: str) -> None:
    delivery = failed(reason=reason)
    page = operator.read("failure", delivery_id=delivery.pk)
    assert said in page
    assert 'class="govuk-inset-text"' in page


def test_one_delivery_shows_each_try(operator: Desk) -> None:
    delivery = failed()
    Attempt.objects.create(delivery_id=delivery.pk, number=2, fence=2, digest=b"", started_at=clocks.now())
    page = words(operator.read("failure", delivery_id=delivery.pk))
    assert re.search(r"2 \d+ \w+ \d+ at \d+:\d+[ap]m No reply was kept", page)
    assert "Refused It came too late to count http-422 1,234" in page
    assert str(delivery.pk) in page


def test_a_delivery_that_did_not_fail_is_shown_without_a_button(operator: Desk) -> None:
    factories.recipient("library")
    delivery = factories.submitted().deliveries.get()
    page = operator.read("failure", delivery_id=delivery.pk)
    assert "Waiting" in page
    assert "Nothing has been sent" in page
    assert "<form method=" not in page


def test_the_list_is_cut_down_by_recipient_reason_and_day(operator: Desk) -> None:
    old = failed(created_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC))
    new = failed("museum", "outcome-unknown")
    for asked, wanted in [
        ({"recipient": "museum"}, new),
        ({"reason": "http-422"}, old),
        ({"until.day": "1", "until.month": "3", "until.year": "2026"}, old),
        ({"since.day": "2", "since.month": "March", "since.year": "2026"}, new),
    ]:
        page = operator.read("failures", asked=asked)
        assert wanted.report.reference in page, asked
        assert ({old, new} - {wanted}).pop().report.reference not in page, asked


def test_a_day_that_is_none_is_said_and_kept(operator: Desk) -> None:
    page = operator.read("failures", asked={"since.day": "31", "since.month": "2", "since.year": "2026"}, status=422)
    assert "Enter a real date" in page
    assert 'value="31"' in page
    answer = operator.send("replays", {"range": "yes", "until.day": "x"})
    assert answer.status_code == 422


def test_the_list_has_pages(operator: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "A_PAGE", 1)
    first, second = failed(), failed()
    page = operator.read("failures", asked={"recipient": "library"})
    assert second.report.reference not in page
    assert f"?recipient=library&amp;after={first.pk}" in page
    following = operator.read("failures", asked={"recipient": "library", "after": first.pk})
    assert second.report.reference in following
    assert 'href="?recipient=library">First page' in following
    assert first.report.reference in operator.read("failures", asked={"after": "nonsense"})


def test_what_is_ticked_is_shown_first_and_then_put_back_for_the_record(operator: Desk, woken: list[Any]) -> None:
    one, other = failed(), failed()
    shown = operator.send("replays", {"delivery": [str(one.pk)]}).content.decode()
    assert "1 delivery would be tried again" in words(shown)
    assert states() == ["failed", "failed"]
    done = operator.follow(operator.send("replays", seen(shown)))
    assert "1 delivery was put back" in done
    one.refresh_from_db()
    assert (one.state, one.reason) == ("pending", "")
    assert woken == [(one.recipient_id, "retry")]
    entry = Access.objects.get(action="delivery_replayed")
    assert (entry.about, entry.actor, entry.on) == (f"delivery:{one.pk}", operator.name, "")
    assert states() == ["failed", "pending"]
    assert other.report.reference in done


def test_all_that_are_alike_are_put_back_and_no_others(operator: Desk) -> None:
    kept = failed("museum")
    for _ in range(2):
        failed()
    shown = operator.send("replays", {"range": "yes", "recipient": "library"}).content.decode()
    assert "2 deliveries would be tried again" in words(shown)
    later = failed()
    operator.follow(operator.send("replays", seen(shown)))
    assert set(Delivery.objects.filter(state="failed")) == {kept, later}


def test_no_more_than_so_many_are_put_back_at_once(operator: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_AT_ONCE", 1)
    failed()
    failed()
    shown = words(operator.send("replays", {"range": "yes"}).content.decode())
    assert "1 delivery would be tried again" in shown
    assert "There are more like these" in shown


def test_pressing_twice_puts_back_once(operator: Desk) -> None:
    delivery = failed()
    form = {"seen": "yes", "delivery": [str(delivery.pk)]}
    operator.follow(operator.send("replays", form))
    again = operator.client.get(operator.send("replays", form)["Location"], secure=True)
    assert again.status_code == 422
    assert Access.objects.filter(action="delivery_replayed").count() == 1


def test_after_a_mapping_was_mended_it_is_said_anew(operator: Desk) -> None:
    delivery = failed()
    Delivery.objects.update(route=delivery.recipient.route, content_digest=b"said before")
    operator.send("replays", {"seen": "yes", "anew": "yes", "delivery": [str(delivery.pk)]})
    delivery.refresh_from_db()
    assert (delivery.route_id, delivery.content_digest) == (None, None)
    assert Access.objects.get(action="delivery_replayed").on == "anew"


@pytest.mark.parametrize("form", [{}, {"delivery": ["nonsense", str(uuid.uuid4())]}])
def test_nothing_chosen_is_said(operator: Desk, form: Any) -> None:
    failed()
    answer = operator.send("replays", form)
    page = operator.client.get(answer["Location"], secure=True)
    assert page.status_code == 422
    assert "Tick what is to be put back" in page.content.decode()


def test_an_auditor_looks_and_puts_nothing_back() -> None:
    delivery, auditor = failed(), Desk("auditor", "")
    for page in (auditor.read("failures"), auditor.read("failure", delivery_id=delivery.pk)):
        assert delivery.report.reference in page
        assert "Put" not in page
    assert auditor.send("replays", {"seen": "yes", "delivery": [str(delivery.pk)]}).status_code == 403
    assert states() == ["failed"]


def test_nobody_else_sees_what_failed() -> None:
    for role in ("registrar", "adviser", "recipient-officer"):
        Desk(role).read("failures", status=403)


def test_an_operator_of_one_organisation_has_its_deliveries_and_no_others(operator: Desk) -> None:
    theirs, foreign = failed(), failed("museum", organisation="southmoor")
    own = Desk("operator", "northmoor")
    page = own.read("failures")
    assert theirs.report.reference in page
    assert foreign.report.reference not in page
    assert "Museum" not in page
    own.read("failure", delivery_id=foreign.pk, status=404)
    own.send("replays", {"seen": "yes", "delivery": [str(foreign.pk), str(theirs.pk)]})
    own.send("replays", {"seen": "yes", "range": "yes"})
    foreign.refresh_from_db()
    assert foreign.state == "failed"
    assert foreign.report.reference in operator.read("failures")


def test_pages_of_failures_ask_little_however_many_there_are(
    operator: Desk, django_assert_max_num_queries: Any
) -> None:
    deliveries = [failed() for _ in range(5)]
    with django_assert_max_num_queries(12):
        operator.read("failures")
    with django_assert_max_num_queries(12):
        operator.read("failure", delivery_id=deliveries[0].pk)
    with django_assert_max_num_queries(12):
        operator.send("replays", {"range": "yes"})

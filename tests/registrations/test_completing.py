"""A register's extract, completed through the API: everybody who must know of each death is told."""

import io

import pytest

from tellusonce import drains, registrations
from tellusonce.models import Delivery, Lane, Report
from tests import factories
from tests.callers import Caller
from tests.registrations.test_import import IMPORTER, REAL, extract, record
from tests.simulator.peers import Running

OWN = extract(*(record(number) for number in range(1, 6)), record(3, is_update=True)).getvalue()
TOLD = {"informant": factories.TOLD["informant"], "subject": factories.TOLD["subject"]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "count"),
    [(OWN, 5), *([(REAL.read_bytes(), 23)] if REAL.exists() else [])],
    ids=lambda value: str(value) if isinstance(value, int) else "extract",
)
def test_an_extract_completed_through_the_api_is_delivered_whole(far_end: Running, content: bytes, count: int) -> None:
    far_end.start({"name": "benefits", "style": "rest"})
    recipient = factories.recipient("benefits", address=f"{far_end.url}/rest/benefits", grants=["subject.name.family"])
    registrations.take(IMPORTER, io.BytesIO(content))
    registrar = Caller()
    for report in Report.objects.all():
        assert registrar.patch(f"/reports/{report.pk}/answers", TOLD).status_code == 200
        assert registrar.post(f"/reports/{report.pk}/submission", {"recipients": None}).status_code == 201
    drains.drain(recipient.pk, Lane.FIRST)
    assert list(Delivery.objects.values_list("state", flat=True)) == ["sent"] * count
    references = {each["reference"] for each in far_end.books("benefits")["by_message"]}
    assert references == set(Report.objects.values_list("reference", flat=True))

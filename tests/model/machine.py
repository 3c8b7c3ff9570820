"""The engine as Hypothesis plays it: each rule is one step of a drain, of time, or of who reports, confirms, operates.

Two workers take the service's own steps (`_Drain`), each of which is a transaction of real PostgreSQL; the wire and the
far end are the twin's, and so is the clock. No hint is ever given: what is taken up is taken up by whoever looks.
"""

import datetime as dt
import itertools
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.contract import Ambiguous, Answer, Failure, Response, Transient
from adapters.egress import Reply
from identity.ledger import Action, Actor
from identity.models import Access
from tellusonce import confirmations, drains, reports, withdrawals
from tellusonce.deliveries import claims, lanes, mailboxes, sweeps
from tellusonce.deliveries.claims import Claimed
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Report
from tellusonce.outbound import Batch, Outbound
from tellusonce.permissions import Choice
from tests import factories

STEADY, HEEDLESS, CHARITY = "steady", "heedless", "charity"
NAMES, LANES, WORKERS = (STEADY, HEEDLESS, CHARITY), tuple(Lane.NAMES), (0, 1)
WORDING = "tell-recipient/1"
RECIPIENT = Actor("officer", organisation="northmoor")
DAY = dt.timedelta(days=1)
STEPS = (dt.timedelta(seconds=1), dt.timedelta(seconds=35), dt.timedelta(seconds=70), dt.timedelta(minutes=15), DAY)
MOST_REPORTS, MOST_ROUNDS = 5, 40
# What becomes of one request: whether it comes, whether it is acted on, and what is heard of it.
TAKEN, LOST, REFUSED, UNREACHED = "taken", "lost", "refused", "unreached"
FATES = (TAKEN, TAKEN, LOST, REFUSED, UNREACHED)
RESPONSE = Response(202, {}, b"")
DONE = frozenset({"sent", "closed"})
numbers = itertools.count(1)


@dataclass
class Worker:
    """One worker: its drain, what it has claimed or is about to send, what is on the wire, and what was heard."""

    drain: drains._Drain | None = None
    batch: Batch | None = None
    going: list[Outbound] = field(default_factory=list)
    wire: list[Outbound] = field(default_factory=list)
    heard: list[Reply] = field(default_factory=list)


@dataclass
class Twin:
    """What should be so, in plain words.

    `held` says of a delivery under which fence and until when it is in somebody's hands; `effects` how often a message
    was acted on; `came` under which ids a report came to a recipient, by the number of the message.
    """

    now: dt.datetime = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
    owed: set[tuple[uuid.UUID, str]] = field(default_factory=set)
    held: dict[uuid.UUID, tuple[int, dt.datetime]] = field(default_factory=dict)
    effects: defaultdict[uuid.UUID, int] = field(default_factory=lambda: defaultdict(int))
    tries: defaultdict[uuid.UUID, int] = field(default_factory=lambda: defaultdict(int))
    came: defaultdict[tuple[uuid.UUID, str, int], set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    states: dict[uuid.UUID, str] = field(default_factory=dict)
    withdrawn: set[uuid.UUID] = field(default_factory=set)
    agreement_ended: bool = False


class Engine(RuleBasedStateMachine):
    """The machine; every example has recipients of its own, and the database keeps those of the ones before."""

    def __init__(self) -> None:
        super().__init__()
        self.twin = Twin()
        self.workers = [Worker() for _ in WORKERS]
        self.reports: list[Report] = []
        factories.count_agreements([])  # nobody of an earlier example is told any more
        self._set_clock()

    @initialize()
    def begin(self) -> None:
        """Have three recipients: one by law, one that cannot tell a repetition, one that rests on consent."""
        self.suffix = next(numbers)
        self.recipients = {
            STEADY: factories.recipient(self._slug(STEADY), in_flight=4),
            HEEDLESS: factories.recipient(self._slug(HEEDLESS), in_flight=4, route={"detects_duplicates": False}),
            CHARITY: factories.recipient(self._slug(CHARITY), in_flight=4, agreement={"lawful_basis": "consent"}),
        }
        self.names = {recipient.pk: name for name, recipient in self.recipients.items()}

    def _slug(self, name: str) -> str:
        return f"{name}-{self.suffix}"

    def _set_clock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('tellusonce.clock_at', %s, false)", [self.twin.now.isoformat()])

    # Who reports, confirms and operates

    @precondition(lambda self: len(self.reports) < MOST_REPORTS)
    @rule()
    def submit(self) -> None:
        """Report a death, with consent for the charity."""
        report = factories.started()
        consents = [] if self.twin.agreement_ended else [Choice(self._slug(CHARITY), is_given=True, wording=WORDING)]
        reports.submit(factories.REGISTRAR, report.pk, consents=consents)
        self.reports.append(report)
        names = {STEADY, HEEDLESS} if self.twin.agreement_ended else set(self.recipients)
        self.twin.owed |= {(report.pk, name) for name in names}

    @precondition(lambda self: self.reports)
    @rule(number=st.integers(0, MOST_REPORTS - 1))
    def withdraw(self, number: int) -> None:
        """Withdraw the consent for one report."""
        report = self.reports[number % len(self.reports)]
        if (report.pk, CHARITY) in self.twin.owed and report.pk not in self.twin.withdrawn:
            withdrawals.withdraw(factories.REGISTRAR, report.pk, self._slug(CHARITY))
            self.twin.withdrawn.add(report.pk)

    @precondition(lambda self: any(self.twin.effects.values()))
    @rule(data=st.data(), outcome=st.sampled_from(["received", "acted"]))
    def confirm(self, data: st.DataObject, outcome: str) -> None:
        """Let a recipient say what it did with something that came, settled or not."""
        came = sorted(key for key, effects in self.twin.effects.items() if effects)
        confirmations.take(RECIPIENT, data.draw(st.sampled_from(came)), Answer(outcome), door="api")

    @rule(name=st.sampled_from(NAMES))
    def pause(self, name: str) -> None:
        """Pause one recipient."""
        mailboxes.pause(self.recipients[name].pk, by="model", reason="by hand")

    @rule(name=st.sampled_from(NAMES))
    def resume(self, name: str) -> None:
        """Let it be told again."""
        mailboxes.resume(self.recipients[name].pk)

    @rule(name=st.sampled_from(NAMES))
    def rotate(self, name: str) -> None:
        """Give it another address."""
        address = f"http://127.0.0.1:9/{next(numbers)}"
        factories.route(self.recipients[name], address=address, detects_duplicates=name != HEEDLESS)

    @precondition(lambda self: self.reports and not self.twin.agreement_ended)
    @rule()
    def end_agreement(self) -> None:
        """Let the charity's agreement end."""
        counted = [key for name in (STEADY, HEEDLESS) for key in self._agreements(name)]
        factories.count_agreements(counted)
        self.twin.agreement_ended = True

    def _agreements(self, name: str) -> list[int]:
        return list(self.recipients[name].agreements.values_list("pk", flat=True))

    # Workers

    @precondition(lambda self: not all(each.drain for each in self.workers))
    @rule(name=st.sampled_from(NAMES), lane=st.sampled_from(LANES))
    def take(self, name: str, lane: str) -> None:
        """Let an idle worker take a lane, as after a hint or a sweep."""
        idle = next(each for each in self.workers if each.drain is None)
        if hold := lanes.take(self.recipients[name].pk, lane):
            idle.drain = drains._Drain(hold)

    @precondition(lambda self: any(each.drain for each in self.workers))
    @rule(data=st.data())
    def work(self, data: st.DataObject) -> None:
        """Let a worker take one of the steps that it might take now."""
        worker = data.draw(st.sampled_from([each for each in self.workers if each.drain]))
        step = data.draw(st.sampled_from(self._steps(worker)))
        if step == self.reply:
            self.reply(worker, data.draw(st.lists(st.sampled_from(FATES), min_size=1, max_size=4)))
        else:
            step(worker)

    def _steps(self, worker: Worker) -> list[Callable[..., None]]:
        if worker.batch:
            return [self.prepare]
        if worker.going:
            return [self.send]
        if worker.heard or not worker.wire:
            return [self.settle_and_claim]
        return [self.reply, self.reply, self.settle_and_claim]

    def settle_and_claim(self, worker: Worker) -> None:
        """Let it settle what was heard, and claim in the same transaction; with nothing in hand it gives the lane back.

        Whose fence has been outgrown changes nothing, and nothing is claimed that is in somebody's hands.
        """
        assert worker.drain
        heard, worker.heard = worker.heard, []
        settled = [worker.drain.on_the_wire[each.key].claimed for each in heard]
        late = {each.id for each in settled if _row(each.id)["fence"] != each.fence}
        before = {key: _row(key) for key in late}
        worker.batch = worker.drain._settle_and_claim(heard)
        claimed = worker.batch.claimed if worker.batch else ()
        for key in late - {each.id for each in claimed}:
            assert _row(key) == before[key], f"{key} was settled by whom it had been taken from."
        self._let_go(settled)
        for each in claimed:
            fence, until = self.twin.held.get(each.id, (0, self.twin.now))
            assert until <= self.twin.now, f"{each.id} was claimed while it was in somebody's hands under {fence}."
            self.twin.held[each.id] = (each.fence, self.twin.now + dt.timedelta(seconds=settings.LEASE_SECONDS))
        if not claimed and not worker.wire:
            lanes.release(worker.drain.hold)
            worker.drain = None

    def _let_go(self, claimed: Iterable[Claimed]) -> None:
        for each in claimed:
            if self.twin.held.get(each.id, (0,))[0] == each.fence:
                del self.twin.held[each.id]

    def prepare(self, worker: Worker) -> None:
        """Let it judge what it has claimed, say it, and write the attempts."""
        assert worker.drain
        assert worker.batch
        batch, worker.batch = worker.batch, None
        worker.going = worker.drain._prepare(batch)
        going = {each.claimed.id for each in worker.going}
        self._let_go(each for each in batch.claimed if each.id not in going)
        for each in worker.going:
            self._entitled(each)

    def _entitled(self, going: Outbound) -> None:
        delivery = Delivery.objects.get(pk=going.claimed.id)
        if self.names[delivery.recipient_id] != CHARITY or delivery.purpose == Delivery.Purpose.WITHDRAW:
            return
        assert delivery.report_id not in self.twin.withdrawn, "It would be told though consent was withdrawn."
        assert not self.twin.agreement_ended, "It would be told though its agreement has ended."

    def send(self, worker: Worker) -> None:
        """Put on the wire what it has prepared."""
        assert worker.drain
        worker.drain.on_the_wire.update({each.exchange.key: each for each in worker.going})
        worker.wire, worker.going = [*worker.wire, *worker.going], []

    def reply(self, worker: Worker, fates: Sequence[str]) -> None:
        """Let what is on the wire come or not, and let the worker hear of it; the fates go round."""
        answered, worker.wire = worker.wire, []
        for each, fate in zip(answered, itertools.cycle(fates), strict=False):
            self._arrive(each, fate)
            worker.heard.append(_heard(each, fate))

    def _arrive(self, sent: Outbound, fate: str) -> None:
        """Let the far end act on it as it would: a repetition that it can tell from the first has no effect."""
        if fate == UNREACHED:
            return
        claimed, delivery = sent.claimed, Delivery.objects.get(pk=sent.claimed.id)
        name = self.names[delivery.recipient_id]
        self.twin.tries[claimed.id] += 1
        self.twin.came[delivery.report_id, name, claimed.sequence].add(claimed.id)
        if fate != REFUSED:
            self.twin.effects[claimed.id] += name == HEEDLESS or not self.twin.effects[claimed.id]

    @precondition(lambda self: any(each.drain for each in self.workers))
    @rule(number=st.sampled_from(WORKERS), comes=st.booleans())
    def crash(self, number: int, comes: bool) -> None:  # noqa: FBT001 - drawn
        """Kill a worker: what it had in hand it forgets; what was on the wire comes, or it does not."""
        for each in self.workers[number].wire:
            self._arrive(each, LOST if comes else UNREACHED)
        self.workers[number] = Worker()

    # Time, and whoever looks for what was forgotten

    @rule(step=st.sampled_from(STEPS))
    def wait(self, step: dt.timedelta) -> None:
        """Let time pass."""
        self.twin.now += step
        self._set_clock()

    @rule()
    def sweep(self) -> None:
        """Look for forgotten lanes: what is due and in nobody's hands has to be among them, and nothing else."""
        found = {(each.recipient_id, each.lane) for each in sweeps.find() if each.recipient_id in self.names}
        assert found == {lane for lane in itertools.product(self.names, LANES) if self._is_forgotten(*lane)}

    def _is_forgotten(self, recipient_id: int, lane: str) -> bool:
        mailbox = Mailbox.objects.get(pk=recipient_id)
        held_until = Lane.objects.get(recipient_id=recipient_id, name=lane).leased_until
        is_kept_back = mailbox.paused_at is not None or (mailbox.open_until or self.twin.now) > self.twin.now
        is_held = held_until is not None and held_until >= self.twin.now
        return claims.anything_due(recipient_id, lane) and not is_kept_back and not is_held

    # What always holds

    @invariant()
    def nothing_is_told_twice(self) -> None:
        """No message has a second effect, nor a second id."""
        assert all(effects <= 1 for effects in self.twin.effects.values()), "A message had a second effect."
        assert all(len(ids) == 1 for ids in self.twin.came.values()), "A message came under a second id."

    @invariant()
    def what_is_done_stays_done(self) -> None:
        """What was settled or withheld is not taken up again."""
        states = dict(Delivery.objects.filter(report__in=self.reports).values_list("pk", "state"))
        for key, before in self.twin.states.items():
            assert before not in DONE or states[key] in DONE, f"{key} was {before} and is {states[key]}."
        self.twin.states = states

    @invariant()
    def what_came_was_written_down_before(self) -> None:
        """Every request that came has its attempt."""
        for key, tries in self.twin.tries.items():
            assert Attempt.objects.filter(delivery_id=key).count() >= tries, f"{key} came and no attempt says so."

    # The end of each run

    def teardown(self) -> None:
        """Let both workers die and all else be well: in the end all that is owed is told, or it is said why not."""
        if not hasattr(self, "names"):
            return
        for number in WORKERS:
            self.crash(number, comes=True)
        for name in self.recipients:
            self.resume(name)
        for _ in range(MOST_ROUNDS):
            self.wait(DAY * 2)
            self._drain_all()
            if not Delivery.objects.filter(report__in=self.reports, state="pending").exists():
                break
        self._reckon()

    def _drain_all(self) -> None:
        for name, lane in itertools.product(self.recipients, LANES):
            self.take(name, lane)
            for worker in self.workers:
                while worker.drain:
                    step = self._steps(worker)[0]
                    step(worker, *([[TAKEN]] if step == self.reply else []))
            self.nothing_is_told_twice()

    def _reckon(self) -> None:
        told = Delivery.objects.filter(report__in=self.reports).select_related("recipient").order_by("sequence")
        firsts = {(each.report_id, self.names[each.recipient_id]): each for each in told if each.sequence == 1}
        for owed in self.twin.owed:
            self._accounted_for(owed, firsts[owed])
        for each in told:
            assert each.state not in DONE or self.twin.effects[each.pk] == 1, f"{each.pk} is {each.state}, and was not."
        sent = Access.objects.filter(action=Action.DELIVERY_SENT, about__in=[f"delivery:{each.pk}" for each in told])
        assert {each.about for each in sent} >= {f"delivery:{each.pk}" for each in told if each.sent_at}
        call_command("ledger", "seal", verbosity=0)
        call_command("ledger", "verify", verbosity=0)

    def _accounted_for(self, owed: tuple[uuid.UUID, str], delivery: Delivery) -> None:
        report, name = owed
        if delivery.state in DONE:
            return
        if name == HEEDLESS and delivery.reason == "outcome-unknown":
            return  # a person asks them: nobody knows whether it came
        assert delivery.reason != "quarantined" or delivery.crashes >= 5, "It was given up too early."
        is_kept_back = name == CHARITY and (report in self.twin.withdrawn or self.twin.agreement_ended)
        assert is_kept_back or delivery.reason == "quarantined", f"{name}: {delivery.state} {delivery.reason}"


def _row(key: uuid.UUID) -> Mapping[str, object]:
    return Delivery.objects.values("fence", "state", "reason", "due_at", "leased_until", "tries").get(pk=key)


def _heard(sent: Outbound, fate: str) -> Reply:
    failures: dict[str, Failure] = {
        LOST: Ambiguous("connection-lost"),
        REFUSED: Transient("http-503", status=503),
        UNREACHED: Transient("connect-refused"),
    }
    failure = failures.get(fate)
    return Reply(sent.exchange.key, None if failure else RESPONSE, failure, 0.01)

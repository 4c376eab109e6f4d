"""One branch at work. This is the only place where a command becomes a decision: one task takes
whatever waits, has it decided and written in one append, and only then answers and publishes.

What is possible is decided in `server.domain`; who may ask, and the words of an answer, are the
session's; who is told of it in which order, `server.publishing`'s. Nothing is answered or published
before it is durable.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Container, Coroutine, Iterable, Mapping
from typing import Any, Final

from server.accuracy.shown import Note, Shown
from server.answers import Answer, key_of
from server.batch import Given, Outcome, Unanswerable
from server.clock import Alarm, Clock
from server.domain.booked import hit_by
from server.domain.commands import (
    AnyCommand,
    Configure,
    Internal,
    MarkRehearsal,
    Resume,
    TimePassed,
)
from server.domain.configuration import BranchConfig
from server.domain.day import obstacles
from server.domain.free_slots import find
from server.domain.hours import day_ends, local_date
from server.domain.order import people_ahead
from server.domain.refusals import BranchStopped, Busy, CommandReused, Refusal, Refused
from server.domain.reminders import Notice, notices
from server.domain.state import CLOCK, Actor, Appointment, Branch
from server.domain.timers import next_wakeup
from server.durable import CarriedOut, DurableBranch
from server.hub import Build, Hub, Outbox
from server.journal.contract import CommandSpan, Journal, JournalError, JournalFull, WrongSeq
from server.metrics import Metrics
from server.private import Confided, apart, notes_of, unlearn
from server.publishing import Published, Publishing
from server.told_waits import NO_WAITS, ToldWaits
from server.vault.errors import VaultError
from server.vault.rows import PHONE, of_person
from server.vault.rows import key_of as subject_key
from server.vault.vault import Vault
from server.waiting.telling import Answer as Forecast
from server.waiting.telling import Ask
from shared.protocol import (
    AppointmentFound,
    AppointmentView,
    BookAppointment,
    CancelAppointment,
    Command,
    FindSlots,
    MoveAppointment,
    SlotsFound,
    View,
    WaitShown,
)

log = logging.getLogger(__name__)

WAITING_MAX: Final = 2_000
"""Commands waiting for one branch. More than that is an attack, or a disk that hangs."""

BATCH_MAX: Final = 256
"""Commands decided before anyone hears of them: enough to share one write among all who press
a button at once, few enough to leave the loop to others in between."""

LINK_AFTER_DAY_MS: Final = 2 * 3_600_000
"""The link of a ticket or an appointment shows it so long after its day."""

GLANCE_SECONDS: Final = 2.0
"""How long whoever looks once waits for what is on its way to the disk."""

REST_MS: Final = 1_000
"""After a full disk nothing is tried for this long; and however soon the rules want to be told
the time again, they are not told sooner."""


ANSWER_TURNS: Final = 3
"""Turns of the loop from an outcome to the wire: the session wakes, its sender wakes, it goes."""


class RehearsalMismatch(Exception):
    """Real days must not be rehearsed in, nor a rehearsal be taken for real days."""

    def __init__(self, branch: str, is_rehearsal: bool) -> None:
        kind, start = ("a rehearsal", "with") if is_rehearsal else ("real days", "without")
        super().__init__(
            f"The journal of branch {branch} holds {kind}. "
            f"Start Lobby {start} --rehearsal, or give it another data folder."
        )
        self.branch = branch
        self.is_rehearsal = is_rehearsal


class _Pending:
    """A command on its way, and everyone who waits for its answer."""

    def __init__(
        self,
        command: AnyCommand,
        actor: Actor,
        key: str = "",
        confided: Confided | None = None,
    ) -> None:
        self.given = Given(command, actor, key, confided)
        self._callers: list[asyncio.Future[Outcome]] = []

    def answer(self) -> Coroutine[Any, Any, Answer]:
        """To be awaited now or later; whoever stops waiting leaves the command on its way."""
        # Noted at once: the outcome may come before anybody waits for it.
        caller: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._callers.append(caller)
        return self._told(caller)

    async def _told(self, caller: asyncio.Future[Outcome]) -> Answer:
        try:
            outcome = await caller
        finally:
            self._callers.remove(caller)
        if isinstance(outcome, Exception):
            raise type(outcome)  # a new one each time: several may be waiting
        return outcome

    def settle(self, outcome: Outcome) -> None:
        for caller in self._callers:
            if not caller.done():
                caller.set_result(outcome)


class BranchRunner:
    """One branch: the task that alone changes it, and the door to that task."""

    def __init__(
        self,
        config: BranchConfig,
        journal: Journal,
        vault: Vault,
        hub: Hub,
        clock: Clock,
        metrics: Metrics,
        *,
        rehearsal: bool = False,
        tells: bool = False,
    ) -> None:
        self.id = config.id
        self._tells = tells
        self._config = config
        self._rehearsal = rehearsal
        self._vault = vault
        self._hub = hub
        self._clock = clock
        self._metrics = metrics
        self._journal = journal
        self._durable = DurableBranch(config, journal, vault, clock, metrics)
        self._publishing = Publishing(config.id, self._durable, hub)
        self._waits = ToldWaits()

        self._queue: deque[_Pending] = deque()
        self._batch: list[_Pending] = []
        self._by_id: dict[str, _Pending] = {}
        self._at_start: list[Internal] = []

        self._bell = asyncio.Event()
        self._alarm = Alarm(clock, self._bell.set)
        self._wakeup: int | None = 0
        self._resting_until = clock.monotonic()

        self._booking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._ending = False
        self._stopped = False
        self._become_read_only(False)

    # --- The door ------------------------------------------------------------------------------

    async def submit(self, command: Command, actor: Actor) -> Answer:
        """The answer to a command, when what it brought about is durable and published.

        A cancelled caller leaves the command on its way; sent again, it gets its answer.
        Raises CommandFailed on a fault of ours, and Unanswerable when the journal is lost.
        """
        if not isinstance(command, BookAppointment | MoveAppointment | CancelAppointment):
            return await self._submit(command, actor)
        # One after the other: two with the same number would not know of each other.
        async with self._booking:
            same, kept = await self._known_before(command)
            return await self._submit(command, actor, same, kept)

    async def _submit(
        self,
        command: Command,
        actor: Actor,
        same: tuple[str, ...] = (),
        kept: Mapping[str, str] | None = None,
    ) -> Answer:
        if self._durable.lost:
            raise Unanswerable
        if self._stopped:
            return BranchStopped()
        try:
            command, said = apart(command)
        except Refused as refused:
            return refused.refusal
        said |= kept or {}
        key = key_of(command, actor)
        if (pending := self._by_id.get(command.id)) is not None:
            return await pending.answer() if pending.given.key == key else CommandReused()
        answered = self._durable.answers.to(key)
        if isinstance(answered, CommandSpan):
            return await self._answer_again(answered)
        if answered is not None:
            return answered
        if self._takes_no_more():
            return Busy()
        confided = Confided(self._vault.new_id(), said, same) if said else None
        pending = self._by_id[command.id] = _Pending(command, actor, key, confided)
        return await self._wait_for(pending)

    async def ask(self, command: Internal, actor: Actor = CLOCK) -> Answer:
        """The same for what the server asks of itself."""
        if self._stopped:
            return BranchStopped()
        if self._ending:
            return Busy()
        return await self._wait_for(_Pending(command, actor))

    def obstacles(self, config: BranchConfig) -> list[Refusal]:
        """All that is in use and that this configuration would take away."""
        return obstacles(self._durable.branch, config)

    def configure(self, config: BranchConfig, actor: Actor) -> Awaitable[Answer]:
        """Put a configuration in force before anything that waits is decided, so that what
        `obstacles` has just said holds. Queued at once; the answer may be awaited later."""
        pending = _Pending(Configure(config), actor)
        if not self._stopped and not self._ending:
            self._queue.appendleft(pending)
            self._bell.set()
            return pending.answer()
        return _answered(BranchStopped() if self._stopped else Busy())

    def listen(self, feed: str, outbox: Outbox) -> None:
        """Leave this view and every newer one in the outbox."""
        self._hub.listen(self.id, feed, outbox)
        # Never from a state that is ahead of the journal: the batch ends with a publication.
        if self.can_be_shown:
            self._hub.introduce(self.id, feed, self.look())

    async def glance(self, feed: str) -> View | None:
        """The newest view of a feed, for whoever looks only once; None where there is none."""
        if self._stopped:
            return None
        outbox = Outbox()
        self.listen(feed, outbox)
        try:
            async with asyncio.timeout(GLANCE_SECONDS):
                await outbox.next()
        except TimeoutError:
            return None
        else:
            return self._hub.told(self.id, feed)
        finally:
            self._hub.leave(outbox)

    def slots(self, query: FindSlots) -> SlotsFound | Refusal:
        """The free times that are asked for, as far as anything is durable."""
        try:
            found = find(self._durable.branch, query, self.now)
        except Refused as refused:
            return refused.refusal
        return SlotsFound(id=query.id, seq=self.published.seq, service=query.service, slots=found)

    def appointment(self, appointment: int) -> Appointment | None:
        """An appointment that was booked and is still known."""
        one = self._durable.branch.appointments.get(appointment)
        return None if one is None or one.state == "held" else one

    def appointment_view(self, appointment: int) -> AppointmentView | None:
        """What the holder of its link sees."""
        view = self.look()(f"AppointmentView:{appointment}")
        return view if isinstance(view, AppointmentView) else None

    def appointment_of(self, visit: int) -> Appointment | None:
        """The appointment that a visit came from."""
        every = self._durable.branch.appointments.values()
        return next((one for one in every if one.visit == visit), None)

    @property
    def shows_tickets(self) -> bool:
        """Whether the links of the last day's tickets are still good: two hours after it ended."""
        published, last_day = self.published, self._durable.branch.last_day
        if published.day is not None:
            return True
        return self.now < day_ends(published.config, last_day) + LINK_AFTER_DAY_MS

    def link_is_good(self, appointment: int) -> bool:
        """Whether the link of this appointment still shows it: until two hours after its day."""
        one, config = self.appointment(appointment), self.published.config
        if one is None:
            return False
        return self.now < day_ends(config, local_date(config, one.slot)) + LINK_AFTER_DAY_MS

    def appointments_to_come(self) -> list[Appointment]:
        """Those whose code a customer may bring, and today's that were missed."""
        every = self._durable.branch.appointments.values()
        return [one for one in every if one.state in ("booked", "missed")]

    def notices(self) -> list[Notice] | None:
        """What there is to be told to customers; None while anything is not durable."""
        if not self.can_be_shown:
            return None
        return notices(self._durable.branch, self.now)

    def booked_for(self, services: Container[str]) -> list[int]:
        """The appointments for these services that are still known, in the order of their times."""
        every = self._durable.branch.appointments.values()
        found = [one for one in every if one.state != "held" and one.service in services]
        return [one.id for one in sorted(found, key=lambda one: (one.slot, one.id))]

    def hit_by(self, config: BranchConfig) -> list[Appointment]:
        """The appointments that could not be booked any more with this configuration."""
        return hit_by(self._durable.branch, config)

    async def _known_before(
        self, command: BookAppointment | MoveAppointment | CancelAppointment
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """Who has the telephone number already; what is to be kept until after another time, or
        until it was told that there will be none."""
        try:
            if isinstance(command, BookAppointment):
                phone = command.phone
                found = await self._vault.find(self.id, PHONE, phone) if phone else []
                return tuple(map(subject_key, found)), {}
            if isinstance(command, CancelAppointment) and not self._tells_of_cancelled():
                return (), {}
            one = self.appointment(command.appointment or 0)
            subjects = [of_person(one.person)] if one is not None and one.person else []
            rows = await self._vault.show(self.id, subjects)
        except VaultError as error:
            # Nobody is refused a time because of it; a telephone number is deleted sooner.
            log.error("branch %s: %s", self.id, error)
            return (), {}
        return (), {row.field: row.value for row in rows}

    def _tells_of_cancelled(self) -> bool:
        return self._tells and self.published.config.appointments.notices

    def visit_numbered(self, number: str) -> int | None:
        """Whose number this is today, or was last."""
        branch, known = self._durable.branch, self.published.visits
        if (live := branch.live.get(number)) in known:
            return live
        return next((id_ for id_ in reversed(known) if branch.visits[id_].number == number), None)

    def on_the_way(self) -> list[int]:
        """The tickets that were taken before coming and wait for their holders."""
        return [visit.id for visit in self._durable.branch.waiting() if visit.absent]

    def is_remote(self, visit: int) -> bool:
        """Whether the ticket was taken before coming."""
        return self._durable.branch.visits[visit].remote

    def ticket_found(self, query: str, visit_id: int) -> AppointmentFound:
        """A ticket that was taken before coming, for whoever asks what a code belongs to."""
        visit = self._durable.branch.visits[visit_id]
        return AppointmentFound(
            id=query,
            seq=self.published.seq,
            visit=visit.id,
            service=visit.service,
            slot=visit.taken_at,
            state="booked" if visit.absent else "arrived",
            needs=visit.needs,
            language=visit.language,
        )

    def notes_of(self, subjects: Iterable[str], day: str = "", number: str = "") -> list[str]:
        """Where notes may be kept of today's visits of these people, or with this number."""
        return notes_of(self._durable.branch, subjects, day, number)

    def forget(self, subjects: Iterable[str]) -> None:
        """Show nothing more of what was deleted."""
        unlearn(self._durable.known, subjects)
        self._publishing.to_everybody()

    @property
    def published(self) -> Published:
        """What the outside may know: no more than is durable."""
        return self._publishing.published

    @property
    def vouched(self) -> int:
        """Up to which sequence every station has been told."""
        return self._publishing.vouched

    @property
    def now(self) -> int:
        """The branch's time (ms)."""
        return self._durable.now

    @property
    def stopped(self) -> bool:
        """Whether a fault has ended this branch: not alive, whatever its screens show."""
        return self._stopped

    @property
    def read_only(self) -> bool:
        """Whether the disk is full: true views, and no changes until there is room."""
        return self._publishing.read_only

    @property
    def can_be_shown(self) -> bool:
        """Whether all there is to be seen is durable."""
        return self._durable.settled and not self._stopped

    @property
    def is_at_work(self) -> bool:
        """Whether somebody waits for an answer, the clock for its turn, a station for its view."""
        return bool(self._queue or self._batch) or self._publishing.is_owed

    def look(self) -> Build:
        """What shows any feed as it is now. To be used at once, and only where `can_be_shown`."""
        return self._publishing.look()

    @property
    def deserted(self) -> bool:
        """Whether nobody is here, waiting or served."""
        return not self._durable.branch.live

    def people_ahead(self, visit_id: int) -> int | None:
        """How many come before a ticket now; None where it does not wait."""
        branch = self._durable.branch
        visit = branch.visits.get(visit_id)
        if visit is None or visit.state != "waiting":
            return None
        return people_ahead(branch, visit, self.now)

    def question(self) -> Ask | None:
        """What to ask the forecast of waits now; None where there is nothing to be told."""
        if not self.can_be_shown:
            return None
        return self._waits.question(self._durable.branch, self.now)

    def show_waits(self, answer: Forecast | None) -> None:
        """Show these waits from now on; None: none."""
        known = self._durable.known
        if answer is None and known.waits == NO_WAITS:
            return
        branch = self._durable.branch
        known.waits = NO_WAITS if answer is None else self._waits.answered(branch, answer, self.now)
        self._publishing.to_everybody()

    def wait(self, visit_id: int) -> WaitShown | None:
        """What a ticket that was just given, or printed again, is told about its wait."""
        return self._waits.taken(self._durable.branch, visit_id, self.now)

    def noted_waits(self) -> list[Note]:
        """What was shown of waits since this was asked last."""
        return self._waits.noted()

    def remember_waits(self, told: Iterable[tuple[Shown, Shown]]) -> None:
        """Stand by what tickets were promised before the server was started."""
        day = self.published.day
        if day is not None:
            self._waits.remember(told, day)

    def _takes_no_more(self) -> bool:
        resting = self._clock.monotonic() < self._resting_until
        return self._ending or resting or len(self._queue) >= WAITING_MAX

    async def _wait_for(self, pending: _Pending) -> Answer:
        self._queue.append(pending)
        self._bell.set()
        return await pending.answer()

    async def _answer_again(self, span: CommandSpan) -> Answer:
        try:
            return await self._durable.answer_again(span)
        except JournalFull:
            return Busy()
        except JournalError:
            log.critical("branch %s has stopped", self.id, exc_info=True)
            self._halt()
            return BranchStopped()

    # --- Beginning and end ---------------------------------------------------------------------

    async def start(self) -> None:
        """Bring the branch back from its journal and up to date; raises RehearsalMismatch.

        A branch that cannot be brought back is stopped: the others must go on.
        """
        try:
            await self._durable.load()
        except Exception:
            log.critical("branch %s cannot be loaded", self.id, exc_info=True)
            self._halt()
            return
        branch = self._durable.branch
        if branch.seq and branch.rehearsal != self._rehearsal:
            raise RehearsalMismatch(self.id, branch.rehearsal)
        self._at_start = _start_commands(branch, self._config, self._rehearsal)
        self._task = asyncio.create_task(self._run(), name=f"branch {self.id}")
        await self._started.wait()

    async def stop(self) -> None:
        """Take nothing new, finish what waits, keep a last snapshot."""
        self._ending = True
        self._bell.set()
        if self._task is None:
            return
        await asyncio.wait([self._task])
        self._alarm.stop()
        if self._saving is not None:
            await asyncio.wait([self._saving])
        if self._durable.settled and not self._stopped:
            await self._durable.keep(self._durable.snapshot())

    def _halt(self) -> None:
        """Nothing is decided any more until somebody has looked and has started Lobby again."""
        self._stopped = True
        self._alarm.stop()
        self._bell.set()
        self._started.set()
        if self._durable.lost:
            for pending in [one for one in (*self._batch, *self._queue) if one.given.id]:
                self._settle(pending, Unanswerable())
        self._settle_all(BranchStopped())

    # --- The task ------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while await self._something_to_do():
                self._batch = self._next_batch()
                result = await self._durable.carry_out([p.given for p in self._batch])
                if self._stopped:
                    return
                await self._look_for_room(result)
                self._publishing.to_whoever_asked(one.given.actor for one in self._batch)
                self._answer(result)
                await _let_answers_go()
                self._publishing.to_the_others()
                self._started.set()
                await self._begin_snapshot()
        except Exception:
            # A disk that cannot be trusted, or a fault of ours where no single command is to
            # blame: to go on would be to guess.
            log.critical("branch %s has stopped", self.id, exc_info=True)
            self._halt()

    async def _something_to_do(self) -> bool:
        while not self._queue and not self._stopped:
            if self._ending:
                return False
            if self._due():
                return True
            if self._wakeup is not None:
                self._alarm.set(self._wakeup)
            self._bell.clear()
            await self._bell.wait()
        return not self._stopped

    def _next_batch(self) -> list[_Pending]:
        """What the start still owes, then what is due by the clock, then who came first."""
        batch = [_Pending(command, CLOCK) for command in self._at_start]
        if self._due():
            batch.append(_Pending(TimePassed(), CLOCK))
        while self._queue and len(batch) < BATCH_MAX:
            batch.append(self._queue.popleft())
        return batch

    async def _look_for_room(self, result: CarriedOut) -> None:
        """Whether every screen is to say that the disk is full. What still fits is taken, but it
        is full until there is room for more than that."""
        if isinstance(result.failure, JournalFull):
            if not self.read_only:
                log.error("branch %s takes nothing: %s", self.id, result.failure)
            self._become_read_only(True)
        elif self.read_only and await self._journal.has_room():
            log.warning("branch %s: there is room again", self.id)
            self._become_read_only(False)

    def _become_read_only(self, read_only: bool) -> None:
        self._publishing.read_only = read_only
        self._metrics.read_only.labels(self.id).set(read_only)

    def _answer(self, result: CarriedOut) -> None:
        for pending, outcome in zip(self._batch, result.outcomes, strict=True):
            self._settle(pending, outcome)
        told_the_time = any(isinstance(p.given.command, TimePassed) for p in self._batch)
        self._batch = []
        match result.failure:
            case None:
                self._at_start = []
                self._set_wakeup(told_the_time)
                if self.read_only:
                    self._rest()
            case JournalFull():
                self._rest()
            case WrongSeq():
                log.critical("branch %s has a second writer: %s", self.id, result.failure)
                self._halt()

    def _settle(self, pending: _Pending, outcome: Outcome) -> None:
        self._by_id.pop(pending.given.id, None)
        pending.settle(outcome)

    def _settle_all(self, outcome: Outcome) -> None:
        for pending in (*self._batch, *self._queue):
            self._settle(pending, outcome)
        self._batch = []
        self._queue.clear()

    # --- Time ----------------------------------------------------------------------------------

    def _due(self) -> bool:
        return self._wakeup is not None and self._wakeup <= self.now

    def _set_wakeup(self, told_the_time: bool) -> None:
        """Until the rules have been told the time they are told it at the earliest they asked
        for: a stream of commands must not put it off for ever."""
        wanted = next_wakeup(self._durable.branch, self.now)
        if told_the_time:
            self._wakeup = None if wanted is None else max(wanted, self.now + REST_MS)
        elif wanted is not None:
            self._wakeup = wanted if self._wakeup is None else min(wanted, self._wakeup)

    def _rest(self) -> None:
        self._resting_until = self._clock.monotonic() + REST_MS / 1000
        self._wakeup = self.now + REST_MS
        self._settle_all(Busy())

    async def _begin_snapshot(self) -> None:
        if not self._durable.wants_snapshot() or (self._saving and not self._saving.done()):
            return
        self._saving = asyncio.create_task(self._durable.keep(self._durable.snapshot()))


def somebody_waits(runners: Iterable[BranchRunner]) -> bool:
    """Whether an answer of any of these branches is on its way."""
    return any(runner.is_at_work for runner in runners)


async def _let_answers_go() -> None:
    """Everything else that is ready has its turns: whoever was answered is told so."""
    for _ in range(ANSWER_TURNS):
        await asyncio.sleep(0)


async def _answered(answer: Answer) -> Answer:
    return answer


def _start_commands(branch: Branch, config: BranchConfig, rehearsal: bool) -> list[Internal]:
    """The configuration first, because replay begins with it; and calls are given their time
    again before the clock may end them."""
    wanted: list[Internal] = [Configure(config)]
    if rehearsal and not branch.rehearsal:
        wanted.append(MarkRehearsal())
    if branch.day is not None:
        wanted.append(Resume())
    return wanted

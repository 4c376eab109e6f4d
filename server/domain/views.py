"""What each audience sees of a branch: small whole views, built from the state.

A display never receives what it must not show: lanes, needs and reasons reach staff only. Names
and telephone numbers reach the teller who serves their owner; other staff see them masked, and
nobody else sees anything. `Views` builds all the feeds of one moment and shares what they have in
common.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from msgspec.structs import replace

from server.domain import (
    alerts,
    appointments,
    booked,
    course,
    forms,
    hours,
    order,
    pagers,
    remote,
    serving,
    stepping_back,
    tickets,
    views_pagers,
    views_ratings,
    views_requests,
)
from server.domain.configuration import Preset, ServiceConfig
from server.domain.duty import uncovered_since
from server.domain.known import Known, PersonKnown
from server.domain.slots import length_minutes
from server.domain.state import (
    Appointment,
    Branch,
    Counter,
    Day,
    Figures,
    Visit,
)
from shared.protocol import (
    AlertShown,
    AppointmentShown,
    AppointmentView,
    BoardView,
    BookingTimes,
    CallTold,
    CounterShown,
    CounterStatus,
    CounterView,
    DayFigures,
    DisplayView,
    DutyShown,
    KioskView,
    MachineShown,
    MessageShown,
    OwnFigures,
    PagerView,
    PanelView,
    PrinterShown,
    ServiceShown,
    ServiceStatus,
    TicketShown,
    TicketView,
    TransactionShown,
    View,
    VoiceShown,
    WaitShown,
    WhyCalled,
    Words,
)

COUNTER_LINE_MAX = 20
"""Tickets of its line that a counter shows; `line_count` counts all."""

BOARD_LINE_MAX = 80
"""Tickets of the whole line that a board shows; more would not be read, nor fit 50 kB."""

OFF_LINE_MAX = 40
"""Parked, missed, diverted and called tickets that a board shows."""

ALERTS_MAX = 40
"""Open alerts that a board shows, the newest: every customer may ask for help by phone. Older
ones come back to it as newer ones are closed."""

PASSED_OVER_MAX = 5
"""Numbers that a reason on the board names as passed over; `why` counts all."""

LIST_MAX = 20
"""Missed or parked tickets that a counter shows."""

APPOINTMENTS_MAX = 60
"""Appointments of the day that a board shows; those that are served already make room first."""

COUNTER_APPOINTMENTS_MAX = 20
"""The same for a counter, of its services."""

_IN_FULL = ":full"


def in_full(feed: str) -> str:
    """The name of a counter's feed with whom it serves. No client can ask for it by that name."""
    return feed + _IN_FULL


class _Line(NamedTuple):
    """The line of one kind of counter: who is first and why, those shown, and how many."""

    first: Visit | None
    why: WhyCalled | None
    shown: tuple[TicketShown, ...]
    length: int


NO_LINE = _Line(None, None, (), 0)


def build(branch: Branch, feed: str, now: int, known: Known | None = None) -> View | None:
    """One feed by its name, such as `CounterView:3`; None when there is no such thing."""
    return Views(branch, now, known).build(feed)


class Views:
    """The views of one branch at one moment. Use it before the next event, then drop it."""

    def __init__(self, branch: Branch, now: int, known: Known | None = None) -> None:
        self._branch = branch
        self._now = now
        self._known = known or Known()
        # Most branches record nobody: then nothing is looked up for any ticket.
        self._persons = branch.day.persons if branch.day and self._known.persons else {}
        self._line = order.Line(branch, now)
        self._lines: dict[tuple[object, ...], _Line] = {}
        self._best: dict[int, Counter | None] = {}
        self._ready: dict[str, list[order.Key]] = {}
        self._tickets: dict[int, TicketShown] = {}
        self._lists: dict[str, tuple[TicketShown, ...]] = {}

    def build(self, feed: str) -> View | None:
        """One feed by its name; None when there is no such thing."""
        plain = feed.removesuffix(_IN_FULL)
        name, _, key = plain.partition(":")
        match name, key:
            case "KioskView", "":
                return self._kiosk()
            case "DisplayView", "":
                return self._display()
            case "PagerView", "":
                return self._pager_base()
            case "BoardView", "":
                return self._board()
            case "CounterView", _ if key.isdecimal():
                counter = self._branch.counters.get(int(key))
                return None if counter is None else self._counter(counter, plain != feed)
            case "PanelView", _ if key.isdecimal():
                counter = self._branch.counters.get(int(key))
                return None if counter is None else self._panel(counter)
            case "TicketView", _ if key.isdecimal():
                visit = self._branch.visits.get(int(key))
                return None if visit is None else self._ticket(visit)
            case "AppointmentView", _ if key.isdecimal():
                appointment = self._branch.appointments.get(int(key))
                return None if appointment is None else self._appointment(appointment)
            case _:
                return None

    # --- The feeds ---------------------------------------------------------------------------

    def _kiosk(self) -> KioskView:
        branch = self._branch
        return KioskView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            name=branch.config.name,
            services=tuple(
                shown
                for shown, setup in zip(self._services, branch.config.services, strict=True)
                if setup.on_kiosk
            ),
            machines=self._machines,
            messages=self._messages,
            emergency=self._emergency,
            next_day_opens=self._next_day_opens,
            booking=self._booking_times,
            remote=any(service.remote for service in branch.config.services),
            complaint_phone=branch.config.about.complaint_phone,
        )

    def _display(self) -> DisplayView:
        branch = self._branch
        today = self._public_hours
        return DisplayView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            name=branch.config.name,
            calls=tuple(reversed(branch.day.calls)) if branch.day else (),
            counters=self._all_counters,
            services=self._services,
            messages=self._messages,
            emergency=self._emergency,
            next_day_opens=self._next_day_opens,
            opens=min((one.opens for one in today), default=None),
            closes=max((one.closes for one in today), default=None),
        )

    def _counter(self, counter: Counter, serves: bool) -> CounterView:
        branch = self._branch
        visit = branch.visits.get(counter.visit or 0)
        line = self._line_for(counter)
        return CounterView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            counter=counter.id,
            name=order.counter_config(branch, counter).name,
            state=counter.state,
            services=counter.services,
            closing=counter.closing,
            pause_reason=counter.pause_reason,
            staff=counter.staff or None,
            since=counter.since,
            help=counter.help,
            help_since=counter.help_since,
            **self._may(counter, visit),
            current=None if visit is None else self._in_hand(visit, serves),
            transactions=() if visit is None else _transactions(visit),
            next_why=line.why,
            best_here=self._best_here(counter, line.first),
            line=line.shown,
            line_count=line.length,
            missed=self._shown_in("missed"),
            parked=self._shown_in("parked"),
            figures=_figures(counter.figures),
            branch_name=branch.config.name,
            all_services=self._services,
            counters=self._all_counters,
            voices=self._voices,
            requests=views_requests.at_counter(branch, counter),
            question=views_ratings.question_status(branch, counter),
            own_ratings=views_ratings.own(branch, counter),
            appointments=self._appointments_for(counter),
            booking=self._booking_times,
            messages=self._messages,
            would_save=self._known.waits.saved.get(counter.id),
            emergency=self._emergency,
        )

    def _panel(self, counter: Counter) -> PanelView:
        branch = self._branch
        return PanelView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            name=branch.config.name,
            counter=counter.id,
            counter_name=order.counter_config(branch, counter).name,
            state=counter.state,
            seconds=branch.config.limits.rating_seconds,
            question=views_ratings.panel_question(branch, counter, self._now),
        )

    def _pager_base(self) -> PagerView:
        branch = self._branch
        return PagerView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            name=branch.config.name,
            pagers=views_pagers.out(branch),
            calls=tuple(views_pagers.calls(branch)),
        )

    def _board(self) -> BoardView:
        branch, day = self._branch, self._branch.day
        waiting = order.ranked(branch.waiting(), self._preset, True, self._now)
        off = [v for v in self._live if v.state not in ("waiting", "serving")]
        return BoardView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            name=branch.config.name,
            preset=order.preset_name(branch),
            presets=tuple(branch.config.calling.presets),
            line=tuple(self._ticket_shown(one.visit) for one in waiting[:BOARD_LINE_MAX]),
            line_count=len(waiting),
            off_line=tuple(self._ticket_shown(visit) for visit in off[:OFF_LINE_MAX]),
            counters=tuple(self._counter_status(c) for c in branch.counters.values()),
            services=self._services,
            machines=self._machines,
            printers=tuple(
                PrinterShown(station=station, state=state)
                for station, state in branch.printers.items()
            ),
            voices=self._voices,
            duty=tuple(DutyShown(staff=s, since=at) for s, at in day.duty.items()) if day else (),
            uncovered_since=uncovered_since(branch, day, self._now) if day else None,
            uncovered_ms=day.uncovered_ms if day else 0,
            calls=self._told,
            plots=course.plots(day, self._now),
            alerts=self._alerts,
            requests=views_requests.newest(branch),
            messages=self._messages,
            figures=self._day_figures(),
            ratings=views_ratings.of_branch(branch),
            comments=views_ratings.comments(branch, self._known),
            appointments=self._shown_of(self._todays, APPOINTMENTS_MAX),
            pagers=views_pagers.out(branch),
            booking=self._booking_times,
            emergency=day.emergency if day else None,
            rehearsal=branch.rehearsal,
            next_day_opens=self._next_day_opens,
        )

    def _ticket(self, visit: Visit) -> TicketView:
        branch = self._branch
        # Of a visit that is over, a configuration of today may have dropped the service.
        service = branch.config.service(visit.service)
        counter = branch.config.counter(visit.counter or 0)
        ahead = self._people_ahead(visit) if visit.state == "waiting" else None
        return TicketView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            visit=visit.id,
            number=visit.number,
            state=visit.state,
            language=visit.language,
            branch_name=branch.config.name,
            complaint_phone=branch.config.about.complaint_phone,
            service=visit.service,
            service_name=service.name if service else Words(),
            bring=service.bring if service else (),
            taken_at=visit.taken_at,
            booked_at=visit.booked_at,
            people_ahead=ahead,
            wait=self._wait(visit),
            soon=self._soon(visit, ahead),
            counter=visit.counter,
            counter_name=counter.name if counter else None,
            called_at=visit.last_call_at,
            held_places=visit.hold.places if self._held(visit) and visit.hold else None,
            held_until=visit.hold.until if self._held(visit) and visit.hold else None,
            step_back=(
                stepping_back.shown(branch, visit, self._now) if visit.state == "waiting" else None
            ),
            absent=visit.state == "waiting" and visit.absent,
            arrive_by=visit.turn_until if visit.state == "waiting" and visit.absent else None,
            form=forms.asked(branch, visit),
            form_filled=forms.filled(branch, visit),
            missing_papers=tuple(p for t in visit.transactions for p in t.papers),
            reinstate_places=(
                branch.config.limits.reinstate_places if visit.state == "missed" else None
            ),
            questions=tuple(views_ratings.questions_left(branch, visit)),
            messages=self._messages,
            emergency=self._emergency,
        )

    def _appointment(self, one: Appointment) -> AppointmentView:
        branch = self._branch
        service = branch.config.service(one.service)
        visit = branch.visits.get(one.visit)
        return AppointmentView(
            branch=branch.id,
            seq=branch.seq,
            at=self._now,
            day=self._date,
            appointment=one.id,
            state=one.state,
            service=one.service,
            service_name=service.name if service else Words(),
            branch_name=branch.config.name,
            bring=service.bring if service else (),
            slot=one.slot,
            minutes=length_minutes(service) if service else 0,
            sequence=one.sequence,
            confirmed=one.confirmed,
            check_in_from=appointments.check_in_from(branch.config, one),
            visit=visit.id if visit else None,
            number=visit.number if visit else None,
            messages=self._messages,
        )

    # --- What feeds share ----------------------------------------------------------------------

    @cached_property
    def _date(self) -> str | None:
        return self._branch.day.date if self._branch.day else None

    @cached_property
    def _booking_times(self) -> BookingTimes | None:
        config = self._branch.config
        rules = config.appointments
        if all(service.booking is None for service in config.services):
            return None
        return BookingTimes(
            hold=rules.hold_minutes, early=rules.early_minutes, late=rules.late_minutes
        )

    @cached_property
    def _emergency(self) -> bool:
        return self._branch.day is not None and self._branch.day.emergency is not None

    @cached_property
    def _preset(self) -> Preset:
        return order.preset_in_force(self._branch)

    @cached_property
    def _messages(self) -> tuple[MessageShown, ...]:
        return tuple(self._branch.day.messages) if self._branch.day else ()

    @cached_property
    def _machines(self) -> tuple[MachineShown, ...]:
        states = self._branch.machines
        return tuple(
            MachineShown(id=m.id, name=m.name, state=states[m.id])
            for m in self._branch.config.machines
        )

    @cached_property
    def _voices(self) -> tuple[VoiceShown, ...]:
        voices = self._branch.voices.items()
        return tuple(VoiceShown(station=station, state=state) for station, state in voices)

    @cached_property
    def _next_day(self) -> tuple[str, int] | None:
        if self._branch.day is not None:
            return None
        return hours.next_opening(self._branch.config, self._now, self._branch.last_day)

    @cached_property
    def _next_day_opens(self) -> int | None:
        return None if self._next_day is None else self._next_day[1]

    @cached_property
    def _public_hours(self) -> list[hours.ServiceHours]:
        """Of the day, or of the next while none is open."""
        if self._branch.day is not None:
            return list(self._branch.day.hours.values())
        if self._next_day is None:
            return []
        return list(hours.schedule(self._branch.config, self._next_day[0]).values())

    @cached_property
    def _live(self) -> list[Visit]:
        return self._branch.here()

    @cached_property
    def _all_counters(self) -> tuple[CounterShown, ...]:
        return tuple(self._counter_shown(c) for c in self._branch.counters.values())

    @cached_property
    def _services(self) -> tuple[ServiceShown, ...]:
        waiting: dict[str, int] = {}
        for visit in self._branch.waiting():
            waiting[visit.service] = waiting.get(visit.service, 0) + 1
        return tuple(
            self._service_shown(service, waiting.get(service.id, 0))
            for service in self._branch.config.services
        )

    def _service_shown(self, service: ServiceConfig, waiting: int) -> ServiceShown:
        day = self._branch.day
        today = day.hours.get(service.id) if day else None
        status = _status(self._branch, day, service, waiting, self._now)
        later = day is not None and status in ("not_today", "over")
        return ServiceShown(
            id=service.id,
            name=service.name,
            status=status,
            waiting=waiting,
            usual_minutes=service.usual_minutes,
            bring=service.bring,
            machine=service.machine,
            tickets_from=today.tickets_from if today else None,
            tickets_until=today.tickets_until if today else None,
            opens=today.opens if today else None,
            closes=today.closes if today else None,
            next_from=self._next_tickets(service, day) if later and day else None,
            bookable=service.booking is not None,
            remote=service.remote and status == "open" and remote.has_room(self._branch, service),
            only_booked=service.booking is not None and service.booking.only,
            asks_amount=service.booking is not None and service.booking.amount,
            wait=self._known.waits.ordinary.get(service.id),
            care_wait=self._known.waits.care.get(service.id),
        )

    def _next_tickets(self, service: ServiceConfig, day: Day) -> int | None:
        return hours.next_tickets(self._branch.config, service.id, day.date)

    @cached_property
    def _alerts(self) -> tuple[AlertShown, ...]:
        day = self._branch.day
        wanted = [a for a in (day.alerts.values() if day else ()) if a.outcome is None]
        return tuple(
            AlertShown(
                id=alert.id,
                kind=alert.kind,
                at=alert.at,
                visit=alert.visit,
                number=self._branch.visits[alert.visit].number if alert.visit else None,
                counter=alert.counter,
                service=alert.service,
                machine=alert.machine,
                station=alert.station,
                question=alert.question,
                pager=alert.pager,
                **views_ratings.of_alert(self._branch, alert),
            )
            for alert in wanted[-ALERTS_MAX:]
        )

    @cached_property
    def _told(self) -> tuple[CallTold, ...]:
        told = self._branch.day.told if self._branch.day else []
        visits = self._branch.visits
        return tuple(
            CallTold(
                id=call.id,
                number=visits[call.visit].number,
                counter=call.counter,
                service=call.service,
                at=call.at,
                why=replace(call.why, passed_over=()),
                passed_over=tuple(visits[n].number for n in call.why.passed_over[:PASSED_OVER_MAX]),
            )
            for call in reversed(told)
        )

    @cached_property
    def _todays(self) -> list[Appointment]:
        return booked.of_the_day(self._branch) if self._branch.appointments else []

    def _appointments_for(self, counter: Counter) -> tuple[AppointmentShown, ...]:
        theirs = [one for one in self._todays if one.service in counter.services]
        return self._shown_of(theirs, COUNTER_APPOINTMENTS_MAX)

    def _shown_of(self, todays: list[Appointment], most: int) -> tuple[AppointmentShown, ...]:
        """In the order of their times; when there are too many, whoever is still to come."""
        if len(todays) > most:
            open_ = [one for one in todays if one.state in ("booked", "missed")]
            rest = [one for one in todays if one not in open_]
            kept = {one.id for one in [*open_, *reversed(rest)][:most]}
            todays = [one for one in todays if one.id in kept]
        return tuple(self._appointment_shown(one) for one in todays)

    def _appointment_shown(self, one: Appointment) -> AppointmentShown:
        visit = self._branch.visits.get(one.visit)
        person = self._known.person(one.person) if one.person else None
        return AppointmentShown(
            id=one.id,
            service=one.service,
            slot=one.slot,
            status=booked.status(self._branch, one, self._now),
            confirmed=one.confirmed,
            needs=one.needs,
            language=one.language,
            visit=visit.id if visit else None,
            number=visit.number if visit else None,
            person=person.masked if person else None,
        )

    @cached_property
    def _idle(self) -> list[Counter]:
        counters = self._branch.counters.values()
        return [c for c in counters if c.state == "open" and c.visit is None]

    # --- Counters and tickets --------------------------------------------------------------------

    def _line_for(self, counter: Counter) -> _Line:
        """Counters with the same work have the same line; it is worked out once."""
        branch = self._branch
        if counter.state == "closed":
            return NO_LINE
        setup = order.counter_config(branch, counter)
        key = (
            frozenset(counter.services),
            frozenset(setup.when_idle),
            setup.low,
            setup.vip,
            setup.care_first,
            order.vip_counts(branch, counter),
            counter.id if self._somebody_is_meant else None,
        )
        if key not in self._lines:
            self._lines[key] = self._line_at(counter)
        return self._lines[key]

    @cached_property
    def _somebody_is_meant(self) -> bool:
        """Whether somebody waits for one counter alone."""
        return any(visit.only_counter is not None for visit in self._branch.waiting())

    def _line_at(self, counter: Counter) -> _Line:
        line = self._line.at(counter)
        if not line:
            return NO_LINE
        return _Line(
            first=line[0].visit,
            why=order.why(self._branch, counter, line, self._now),
            shown=tuple(self._ticket_shown(one.visit) for one in line[:COUNTER_LINE_MAX]),
            length=len(line),
        )

    def _best_here(self, counter: Counter, first: Visit | None) -> bool:
        """Whether, of the free counters, this one should take the first of its line."""
        if first is None or counter not in self._idle:
            return False
        if first.id not in self._best:
            self._best[first.id] = order.counter_for(self._branch, first, self._idle)
        return self._best[first.id] is counter

    def _may(self, counter: Counter, visit: Visit | None) -> dict[str, Any]:
        """What the counter's keys may do, and from when or until when."""
        branch = self._branch
        can_undo = serving.why_not_undo(branch, counter, self._now) is None
        last = counter.last_action if can_undo else None
        called = visit is not None and visit.state == "called"
        return {
            "can_undo": can_undo,
            "undo": last.event if last else None,
            "undo_until": serving.undo_until(branch, last) if last else None,
            "calls_min": branch.config.limits.calls_min,
            "calls_gap_seconds": branch.config.limits.calls_gap_seconds,
            "recall_from": serving.recall_from(branch, visit) if visit and called else None,
            "miss_from": serving.miss_from(branch, visit) if visit and called else None,
        }

    def _shown_in(self, state: str) -> tuple[TicketShown, ...]:
        if state not in self._lists:
            here = [visit for visit in self._live if visit.state == state]
            self._lists[state] = tuple(self._ticket_shown(visit) for visit in here[:LIST_MAX])
        return self._lists[state]

    def _counter_shown(self, counter: Counter) -> CounterShown:
        visit = self._branch.visits.get(counter.visit or 0)
        return CounterShown(
            id=counter.id,
            name=order.counter_config(self._branch, counter).name,
            state=counter.state,
            number=None if visit is None else visit.number,
        )

    def _counter_status(self, counter: Counter) -> CounterStatus:
        setup = order.counter_config(self._branch, counter)
        visit = self._branch.visits.get(counter.visit or 0)
        return CounterStatus(
            id=counter.id,
            name=setup.name,
            state=counter.state,
            services=counter.services,
            since=counter.since,
            closing=counter.closing,
            elastic=setup.elastic,
            low=setup.low,
            silent_since=self._branch.silent.get(counter.id),
            pause_reason=counter.pause_reason,
            staff=counter.staff or None,
            help=counter.help,
            current=None if visit is None else self._in_short(visit),
            figures=_figures(counter.figures),
            would_save=self._known.waits.saved.get(counter.id),
            ratings=views_ratings.of_counter(self._branch, counter),
        )

    def _ticket_shown(self, visit: Visit) -> TicketShown:
        """A ticket is in many lines at once; it is put together once."""
        if visit.id not in self._tickets:
            shown = self._as_staff_see(visit)
            if self._persons and (person := self._person(visit)) is not None:
                shown = replace(shown, person=person.masked)
            self._tickets[visit.id] = shown
        return self._tickets[visit.id]

    def _in_short(self, visit: Visit) -> TicketShown:
        """A ticket at a counter, for the board: which ones were passed over is in its calls."""
        shown = self._ticket_shown(visit)
        if shown.why is None or not shown.why.passed_over:
            return shown
        return replace(shown, why=replace(shown.why, passed_over=()))

    def _in_hand(self, visit: Visit, serves: bool) -> TicketShown:
        """The ticket a counter has called: its own teller sees whose it is."""
        shown, person = self._ticket_shown(visit), self._person(visit)
        if not serves or (person is None and visit.note_id is None and not visit.answered):
            return shown
        return replace(
            shown,
            person=person.full if person else None,
            note=self._known.note(visit.id, visit.note_id),
            answers=forms.answers_shown(self._branch, visit, self._known.answers.get(visit.id, {})),
        )

    def _person(self, visit: Visit) -> PersonKnown | None:
        return self._known.person(self._persons.get(visit.id, ""))

    @cached_property
    def _pagers(self) -> dict[int, int]:
        return {visit: one.id for visit, one in pagers.by_visit(self._branch).items()}

    def _as_staff_see(self, visit: Visit) -> TicketShown:
        hold = visit.hold if self._held(visit) else None
        return TicketShown(
            visit=visit.id,
            number=visit.number,
            state=visit.state,
            service=visit.service,
            lanes=visit.lanes,
            needs=visit.needs,
            language=visit.language,
            taken_at=visit.taken_at,
            waiting_since=visit.waiting_since,
            due_at=alerts.due_at(self._branch, visit, self._now),
            counter=visit.counter,
            only_counter=visit.only_counter,
            calls=visit.calls,
            called_at=visit.last_call_at,
            started_at=visit.transaction.started_at,
            held_places=hold.places if hold else None,
            held_until=hold.until if hold else None,
            promoted=visit.promoted_at is not None,
            park_reason=visit.park.reason if visit.park else None,
            park_until=visit.park.until if visit.park else None,
            missed_at=visit.missed_at,
            machine=visit.machine,
            why=visit.why,
            booked_at=visit.booked_at,
            absent=visit.absent,
            wait=self._wait(visit),
            pager=self._pagers.get(visit.id),
        )

    def _wait(self, visit: Visit) -> WaitShown | None:
        return self._known.waits.tickets.get(visit.id) if visit.state == "waiting" else None

    def _held(self, visit: Visit) -> bool:
        return order.held(visit, self._now)

    def _people_ahead(self, visit: Visit) -> int:
        service = visit.service
        if service not in self._ready:
            self._ready[service] = order.ready_in_service(self._branch, service, self._now)
        return order.people_ahead(self._branch, visit, self._now, self._ready[service])

    def _soon(self, visit: Visit, ahead: int | None) -> bool:
        """Near the front; nobody who has stepped back, or is before the opening, is."""
        if ahead is None or self._held(visit) or visit.waiting_since > self._now:
            return False
        page, wait = self._branch.config.phone, self._wait(visit)
        return ahead <= page.soon_people or (wait is not None and wait.high <= page.soon_minutes)

    def _day_figures(self) -> DayFigures:
        states = [v.state for v in self._branch.visits.values() if not v.practice]
        return DayFigures(
            issued=len(states), **{state: states.count(state) for state in set(states)}
        )


def _status(
    branch: Branch, day: Day | None, service: ServiceConfig, waiting: int, now: int
) -> ServiceStatus:
    """What a customer who wants this service is told."""
    if day is None:
        return "closed"
    today = day.hours.get(service.id)
    if today is None:
        return "not_today"
    if now < today.tickets_from:
        return "too_early"
    if now >= today.tickets_until:
        return "over"
    if service.id in day.closed_services:
        return "closed"
    return "stopped" if tickets.issuing_stopped(branch, day, service, waiting, now) else "open"


def _transactions(visit: Visit) -> tuple[TransactionShown, ...]:
    return tuple(
        TransactionShown(
            n=n,
            service=t.service,
            queued_at=t.queued_at,
            started_at=t.started_at,
            ended_at=t.ended_at,
            counter=t.counter,
            outcome=t.outcome,
            papers=t.papers,
        )
        for n, t in enumerate(visit.transactions, start=1)
    )


def _figures(figures: Figures) -> OwnFigures:
    return OwnFigures(
        called=figures.called,
        finished=figures.finished,
        missed=figures.missed,
        serving_ms=figures.serving_ms,
    )

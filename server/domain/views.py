"""What each audience sees of a branch: small whole views, built from the state.

A display never receives what it must not show: lanes, needs and reasons reach staff only. Names
and telephone numbers reach the teller who serves their owner; other staff see them masked, and
nobody else sees anything. `Views` builds all the feeds of one moment and shares what they have in
common.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from msgspec.structs import replace

from server.domain import (
    appointments,
    booked,
    course,
    forms,
    hours,
    order,
    serving,
    stepping_back,
    views_appointments,
    views_pagers,
    views_ratings,
    views_requests,
    views_services,
)
from server.domain.configuration import Preset
from server.domain.duty import uncovered_since
from server.domain.known import Known
from server.domain.slots import length_minutes
from server.domain.state import (
    Appointment,
    Branch,
    Counter,
    Figures,
    Visit,
)
from server.domain.views_lines import Lines
from server.domain.views_tickets import Tickets, transactions
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
    TicketView,
    View,
    VoiceShown,
    Words,
)

BOARD_LINE_MAX = 80
"""Tickets of the whole line that a board shows; more would not be read, nor fit 50 kB."""

OFF_LINE_MAX = 40
"""Parked, missed, diverted and called tickets that a board shows."""

ALERTS_MAX = 40
"""Open alerts that a board shows, the newest: every customer may ask for help by phone. Older
ones come back to it as newer ones are closed."""

PASSED_OVER_MAX = 5
"""Numbers that a reason on the board names as passed over; `why` counts all."""

APPOINTMENTS_MAX = 60
"""Appointments of the day that a board shows; those that are served already make room first."""

COUNTER_APPOINTMENTS_MAX = 20
"""The same for a counter, of its services."""

_IN_FULL = ":full"


def in_full(feed: str) -> str:
    """The name of a counter's feed with whom it serves. No client can ask for it by that name."""
    return feed + _IN_FULL


def build(branch: Branch, feed: str, now: int, known: Known | None = None) -> View | None:
    """One feed by its name, such as `CounterView:3`; None when there is no such thing."""
    return Views(branch, now, known).build(feed)


class Views:
    """The views of one branch at one moment. Use it before the next event, then drop it."""

    def __init__(self, branch: Branch, now: int, known: Known | None = None) -> None:
        self._branch = branch
        self._now = now
        self._known = known or Known()
        self._tickets = Tickets(branch, now, self._known)
        self._lines = Lines(branch, now, self._tickets)

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
        line = self._lines.at(counter)
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
            current=None if visit is None else self._tickets.in_hand(visit, serves),
            transactions=() if visit is None else transactions(visit),
            next_why=line.why,
            best_here=self._lines.best_here(counter, line.first),
            line=line.shown,
            line_count=line.length,
            missed=self._tickets.of_state("missed"),
            parked=self._tickets.of_state("parked"),
            figures=_figures(counter.figures),
            branch_name=branch.config.name,
            all_services=self._services,
            counters=self._all_counters,
            voices=self._voices,
            requests=views_requests.at_counter(branch, counter),
            question=views_ratings.question_status(branch, counter),
            own_ratings=views_ratings.own(branch, counter),
            appointments=self._appointments_of(counter),
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
            line=tuple(self._tickets.shown(one.visit) for one in waiting[:BOARD_LINE_MAX]),
            line_count=len(waiting),
            off_line=tuple(self._tickets.shown(visit) for visit in off[:OFF_LINE_MAX]),
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
            appointments=self._appointments(self._todays, APPOINTMENTS_MAX),
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
        ahead = self._lines.people_ahead(visit) if visit.state == "waiting" else None
        hold = visit.hold if order.held(visit, self._now) else None
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
            wait=self._tickets.wait(visit),
            soon=self._lines.is_soon(visit, ahead),
            counter=visit.counter,
            counter_name=counter.name if counter else None,
            called_at=visit.last_call_at,
            held_places=hold.places if hold else None,
            held_until=hold.until if hold else None,
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
        return views_appointments.booking_times(self._branch.config)

    @cached_property
    def _services(self) -> tuple[ServiceShown, ...]:
        return views_services.shown(self._branch, self._now, self._known.waits)

    @cached_property
    def _todays(self) -> list[Appointment]:
        return booked.of_the_day(self._branch) if self._branch.appointments else []

    def _appointments_of(self, counter: Counter) -> tuple[AppointmentShown, ...]:
        theirs = [one for one in self._todays if one.service in counter.services]
        return self._appointments(theirs, COUNTER_APPOINTMENTS_MAX)

    def _appointments(self, these: list[Appointment], most: int) -> tuple[AppointmentShown, ...]:
        return views_appointments.shown(self._branch, self._known, self._now, these, most)

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

    # --- Counters and tickets --------------------------------------------------------------------

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
            current=None if visit is None else self._tickets.in_short(visit),
            figures=_figures(counter.figures),
            would_save=self._known.waits.saved.get(counter.id),
            ratings=views_ratings.of_counter(self._branch, counter),
        )

    def _day_figures(self) -> DayFigures:
        states = [v.state for v in self._branch.visits.values() if not v.practice]
        return DayFigures(
            issued=len(states), **{state: states.count(state) for state in set(states)}
        )


def _figures(figures: Figures) -> OwnFigures:
    return OwnFigures(
        called=figures.called,
        finished=figures.finished,
        missed=figures.missed,
        serving_ms=figures.serving_ms,
    )

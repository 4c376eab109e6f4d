"""`/a/<secret>`: an appointment on its customer's phone, and the links of notices that confirm or
cancel it; `/a/feed/<secret>.ics`, calendars for staff.

Whole without JavaScript. A look changes nothing: programs that fetch every link in a message may
look, too. What is changed is changed by a second tap, which posts an empty form. A link that is old
or does not fit changes nothing and says so; wrong ones are counted with the websocket's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

from msgspec import Struct
from msgspec.structs import replace
from websockets.http11 import Response

from server import appointment_moves, calendar_feeds, ics, web_files
from server.answers import Answer
from server.asked import Asked
from server.batch import Unanswerable
from server.bookings import Bookings
from server.callers import Callers, Denied
from server.clock import Clock
from server.domain.refusals import SlotNotOffered, SlotTaken
from server.domain.state import Actor, Appointment
from server.links import Purpose, TicketLinks
from server.markup import Markup, joined, listed, tag
from server.moments import date, local, when
from server.phone_words import frame, name_of
from server.qr_svg import svg
from server.responses import response, words
from server.runner import BranchRunner
from server.web_files import HTML
from shared.i18n import text
from shared.protocol import (
    Accepted,
    AppointmentView,
    CancelAppointment,
    ConfirmAppointment,
    Language,
    MoveAppointment,
    SlotsFound,
)

FEED: Final = re.compile(r"/a/feed/[0-9A-Za-z_-]{22}\.ics\Z")
CALENDAR: Final = re.compile(r"/a/([0-9A-Za-z_-]{1,64})\.ics\Z")
OWN: Final = re.compile(r"/a/([0-9A-Za-z_-]{22})(?:/(confirm|cancel))?/?\Z")
ACTION: Final = re.compile(r"/a/(confirm|cancel)/([0-9]{1,15}-[0-9A-Za-z_-]{22})/?\Z")

COMMANDS: Final[Mapping[Purpose, type[ConfirmAppointment | CancelAppointment]]] = {
    "confirm": ConfirmAppointment,
    "cancel": CancelAppointment,
}

OLD_MAX: Final = 100
"""So many moves ago a link is still known for an old one."""


class Found(Struct, frozen=True):
    """An appointment that a link leads to, and what it is there to do; nothing: to look at it.
    `is_old`: it has been moved since the link was sent."""

    runner: BranchRunner
    one: Appointment
    path: str
    secret: str = ""
    purpose: Purpose | None = None
    is_old: bool = False

    @property
    def is_open(self) -> bool:
        """Whether there is anything to be done about it."""
        return not self.is_old and self.one.state == "booked" and self.runner.now < self.one.slot


class AppointmentPages:
    """The pages of appointments."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        links: TicketLinks,
        callers: Callers,
        bookings: Bookings,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._runners = runners
        self._links = links
        self._callers = callers
        self._bookings = bookings
        self._clock = clock
        self._public_url = public_url

    async def answer(self, asked: Asked, method: str) -> Response:
        """The response to whatever is asked for below `/a/`."""
        if calendar := CALENDAR.match(asked.path):
            return self._calendar(calendar[1], asked) if method != "POST" else _not_allowed()
        if FEED.match(asked.path):
            return self._feed(asked) if method != "POST" else _not_allowed()
        if moving := appointment_moves.MOVE.match(asked.path):
            return await self._moving(moving, asked, method)
        found = self._own(asked.path) or self._action(asked.path)
        if found is None:
            return _gone(asked, self._callers.wrong(asked.network))
        if method == "POST":
            return await self._do(found, asked)
        view = await found.runner.glance(f"AppointmentView:{found.one.id}")
        if not isinstance(view, AppointmentView):
            return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
        return _asking(found, view, asked) if found.purpose else self._page(found, view, asked)

    # --- Which appointment is meant ------------------------------------------------------------

    def _own(self, path: str) -> Found | None:
        wanted = OWN.match(path)
        if wanted is None:
            return None
        secret, purpose = wanted[1], cast("Purpose | None", wanted[2])
        for runner in self._runners.values():
            found = self._links.appointment(secret, runner.id, runner.published.appointments)
            one = _good(runner, found)
            if one is not None:
                return Found(runner, one, path, secret, purpose)
        return None

    def _action(self, path: str) -> Found | None:
        wanted = ACTION.match(path)
        if wanted is None:
            return None
        purpose, action = cast("Purpose", wanted[1]), wanted[2]
        for runner in self._runners.values():
            one = _good(runner, int(action.partition("-")[0]))
            for back in range(min(one.sequence, OLD_MAX) + 1) if one else ():
                assert one is not None, "there is something to look back at"
                sequence = one.sequence - back
                if self._links.is_action(action, purpose, runner.id, one.id, sequence):
                    return Found(runner, one, path, purpose=purpose, is_old=back > 0)
        return None

    # --- What is done --------------------------------------------------------------------------

    async def _do(self, found: Found, asked: Asked) -> Response:
        """Once, and then to where it shows: loading that again does nothing again."""
        if found.purpose is None:
            return _not_allowed()
        if found.is_open:
            runner, one = found.runner, found.one
            command = COMMANDS[found.purpose](
                id=self._clock.token(), day=local_day(runner), appointment=one.id
            )
            answer = await _answered(found, command)
            if not isinstance(answer, Accepted) and _is_open_still(found):
                return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
        shown = f"/a/{found.secret}" if found.secret else found.path
        return _to(shown, asked)

    async def _moving(self, wanted: re.Match[str], asked: Asked, method: str) -> Response:
        """To another time: three looks, and then a form that is posted."""
        found = self._own(f"/a/{wanted[1]}")
        if found is None:
            return _gone(asked, self._callers.wrong(asked.network))
        if method == "POST":
            return await self._move(found, wanted, asked)
        view = await found.runner.glance(f"AppointmentView:{found.one.id}")
        if not isinstance(view, AppointmentView):
            return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
        if not found.is_open:
            return self._page(found, view, asked)
        free = found.runner.slots(appointment_moves.query(found.one, self._clock.token()))
        language = asked.chosen or found.one.language
        zone = found.runner.published.config.time_zone
        known = free if isinstance(free, SlotsFound) else None
        said = appointment_moves.values(wanted, found.one, known, zone, language)
        return _html("appointment_ask.html", {**_framed(view, language), **said}, asked)

    async def _move(self, found: Found, wanted: re.Match[str], asked: Asked) -> Response:
        """Once: a second tap finds it moved already. A time that is gone is said on its page."""
        if wanted[3] is None:
            return _not_allowed()
        slot, runner, shown = int(wanted[3]), found.runner, f"/a/{wanted[1]}"
        if found.is_open and slot != found.one.slot:
            command = MoveAppointment(
                id=self._clock.token(),
                day=local_day(runner),
                appointment=found.one.id,
                slot=slot,
            )
            answer = await _answered(found, command)
            if isinstance(answer, SlotTaken | SlotNotOffered):
                shown = asked.path
            elif not isinstance(answer, Accepted) and _is_open_still(found):
                return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
        return _to(shown, asked)

    # --- What is shown -------------------------------------------------------------------------

    def _page(self, found: Found, view: AppointmentView, asked: Asked) -> Response:
        runner, one = found.runner, found.one
        language = asked.chosen or one.language
        zone = runner.published.config.time_zone
        own = f"/a/{found.secret}"
        code = self._links.appointment_code(runner.id, one.id)
        state = _state(found)
        values = {"number": view.number or "", "time": f"{local(view.check_in_from, zone):%H:%M}"}
        comes = one.state == "booked" or one.state == "missed"
        qr = svg(f"{self._public_url}{own}", text(language, "booked_page.qr"))
        shown = {
            "title": f"{when(one.slot, zone, language)} · {name_of(view.branch_name, language)}",
            "state": "soon" if state == "late" else "booked",
            "as_of": text(language, "phone.as_of", time=f"{local(runner.now, zone):%H:%M:%S}"),
            "day": date(one.slot, zone, language),
            "time": f"{local(one.slot, zone):%H:%M}",
            "service": name_of(view.service_name, language),
            "headline": text(language, f"booked_page.state.{state}", **values),
            "advice": text(language, f"booked_page.advice.{state}", **values),
            "facts_heading": text(language, "booked_page.facts"),
            "facts": _facts(view, code if comes else "", language),
            "bring_hidden": Markup("" if view.bring and comes else " hidden"),
            "bring_heading": text(language, "phone.bring"),
            "bring": listed(name_of(one, language) for one in view.bring),
            "check_in_hidden": Markup("" if comes else " hidden"),
            "check_in_heading": text(language, "booked_page.check_in_heading"),
            "check_in": text(language, "booked_page.check_in"),
            "qr": Markup(qr if comes else ""),
            "keys_hidden": Markup("" if found.is_open else " hidden"),
            "keys_heading": text(language, "booked_page.keys"),
            "confirm": _button(f"{own}/confirm", language, "confirm") if not one.confirmed else "",
            "calendar": text(language, "phone.calendar"),
            "cancel": text(language, "booked_page.cancel"),
            "move": text(language, "booked_page.move"),
            "own": own,
        }
        return _html("appointment.html", {**_framed(view, language), **shown}, asked)

    def _calendar(self, secret: str, asked: Asked) -> Response:
        """An appointment for the calendar of whoever holds its link."""
        found = self._bookings.calendar(secret, self._runners.values())
        if found is None:
            return _gone(asked, self._callers.wrong(asked.network))
        headers = {"Content_Disposition": 'attachment; filename="appointment.ics"'}
        return response(HTTPStatus.OK, ics.CONTENT_TYPE, found.encode(), **headers)

    def _feed(self, asked: Asked) -> Response:
        """All of a service or a counter, for whoever has the address of that calendar."""
        found = calendar_feeds.calendar(asked.path, self._runners, self._links, asked.language())
        if found is None:
            return _gone(asked, self._callers.wrong(asked.network))
        return response(HTTPStatus.OK, ics.CONTENT_TYPE, found.encode())


async def _answered(
    found: Found, command: ConfirmAppointment | CancelAppointment | MoveAppointment
) -> Answer | None:
    """What the branch says to it, in the customer's name; None while it cannot say anything."""
    actor = Actor(role="booked_customer", appointment=found.one.id)
    try:
        return await found.runner.submit(command, actor)
    except Unanswerable:
        return None


def _is_open_still(found: Found) -> bool:
    """Whether there is still something to be done: another tap may have been faster, and then its
    page says how it stands."""
    one = found.runner.appointment(found.one.id)
    return one is not None and replace(found, one=one).is_open


def local_day(runner: BranchRunner) -> str:
    """The branch's date: commands about appointments are taken on any."""
    return f"{local(runner.now, runner.published.config.time_zone):%Y-%m-%d}"


def _good(runner: BranchRunner, appointment: int | None) -> Appointment | None:
    """An appointment whose links still lead anywhere."""
    if appointment is None or not runner.link_is_good(appointment):
        return None
    return runner.appointment(appointment)


def _state(found: Found) -> str:
    """The appointment's state, or a shade of `booked` that has words of its own."""
    one = found.one
    if one.state != "booked":
        return one.state
    if found.runner.now >= one.slot:
        return "late"
    return "confirmed" if one.confirmed else "booked"


def _asking(found: Found, view: AppointmentView, asked: Asked) -> Response:
    """Whether to do what the link is for; or why there is nothing to be done."""
    assert found.purpose is not None, "something is to be asked"
    language = asked.chosen or found.one.language
    zone = found.runner.published.config.time_zone
    about = {
        "time": when(found.one.slot, zone, language),
        "service": name_of(view.service_name, language),
    }
    outcome = _outcome(found)
    values = {
        "title": text(language, f"booked_page.{outcome}.title"),
        "about": "" if found.is_old else tag("p", text(language, "booked_page.about", **about)),
        "text": text(language, f"booked_page.{outcome}.text"),
        "answer": _answers(found, language) if outcome.startswith("ask_") else "",
    }
    return _html("appointment_ask.html", {**_framed(view, language), **values}, asked)


def _outcome(found: Found) -> str:
    """What to say of it, as in the catalogue."""
    if found.is_old:
        return "moved"
    if found.one.state == "cancelled":
        return "was_cancelled"
    if not found.is_open:
        return "over"
    if found.purpose == "confirm" and found.one.confirmed:
        return "was_confirmed"
    return f"ask_{found.purpose}"


def _answers(found: Found, language: Language) -> Markup:
    assert found.purpose is not None, "something is to be asked"
    yes = _button(found.path, language, f"ask_{found.purpose}.yes")
    if not found.secret:
        return yes
    no = text(language, "booked_page.back")
    key = tag("a", no, class_="key", href=f"/a/{found.secret}?lang={language}")
    return joined((yes, tag("div", key, class_="row")))


def _button(path: str, language: Language, key: str) -> Markup:
    """Posts an empty form: the whole of what it says is in its address."""
    button = tag("button", text(language, f"booked_page.{key}"), class_="first")
    row = tag("div", button, class_="row")
    return tag("form", row, method="post", action=f"{path}?lang={language}")


def _facts(view: AppointmentView, code: str, language: Language) -> Markup:
    facts = {
        text(language, "booked_page.where"): name_of(view.branch_name, language),
        text(language, "booked_page.minutes"): text(
            language, "booked_page.about_minutes", minutes=view.minutes
        ),
    }
    if code:
        facts[text(language, "booked_page.code")] = code
    return joined(tag("div", tag("dt", k), tag("dd", v)) for k, v in facts.items())


def _gone(asked: Asked, denied: Denied) -> Response:
    return web_files.gone("booked_page.gone", asked, denied.seconds)


def _html(name: str, values: Mapping[str, str], asked: Asked) -> Response:
    return web_files.page(name, values, asked.host, forms=True)


def _framed(view: AppointmentView, language: Language) -> dict[str, str]:
    return frame(language, name_of(view.branch_name, language))


def _to(path: str, asked: Asked) -> Response:
    chosen = f"?lang={asked.chosen}" if asked.chosen else ""
    return response(HTTPStatus.SEE_OTHER, HTML, b"", Location=f"{path}{chosen}")


def _not_allowed() -> Response:
    return words(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")

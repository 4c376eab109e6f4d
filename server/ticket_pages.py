"""`/t/<secret>`: a ticket on its customer's phone.

What is sent is whole without JavaScript: the number, how it stands with it at this moment, and what
to do. With it the page is live over the websocket (`server/web/ticket.js`). Whoever has the link
sees the ticket, as with the websocket, and nobody's name; wrong links are counted with the
websocket's.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from websockets.http11 import Response

from server import ics, web_files
from server.asked import Asked
from server.callers import Callers, Denied
from server.markup import Markup, listed, tag
from server.phone_words import frame, name_of, time_of
from server.responses import response, words
from server.runner import BranchRunner
from shared.i18n import text
from shared.protocol import Language, TicketView, Words

PAGE: Final = re.compile(r"/t/([0-9A-Za-z_-]{1,64})/?\Z")
CALENDAR: Final = re.compile(r"/t/([0-9A-Za-z_-]{1,64})/appointment\.ics\Z")

OVER: Final = ("done", "left", "given_up", "unserved")


class TicketPages:
    """The pages of tickets, and the calendar entry of one that was booked."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def answer(self, asked: Asked) -> Response | None:
        """The response; None for what is none of these."""
        if asked.path.startswith(web_files.FILES):
            return web_files.file(asked.path.removeprefix(web_files.FILES), asked)
        wanted = PAGE.match(asked.path) or CALENDAR.match(asked.path)
        if wanted is None:
            return None
        try:
            runner, visit = self._callers.ticket(wanted[1], asked.network)
        except Denied as denied:
            return web_files.gone("phone.gone", asked, denied.seconds)
        if wanted.re is CALENDAR:
            return _calendar(runner, visit)
        view = await runner.glance(f"TicketView:{visit}")
        if not isinstance(view, TicketView):
            return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
        return _page(view, runner, asked)


def _page(view: TicketView, runner: BranchRunner, asked: Asked) -> Response:
    language = asked.chosen or view.language
    zone = runner.published.config.time_zone
    state = state_of(view)
    counter = name_of(view.counter_name or Words(), language) or str(view.counter)
    values = {
        "number": view.number,
        "counter": counter,
        "places": str(view.reinstate_places),
        "time": time_of(view.held_until or 0, zone),
    }
    bring = () if view.state in OVER else tuple(name_of(one, language) for one in view.bring)
    made = runner.now
    headline = text(language, f"phone.state.{state}", **values)
    return web_files.page(
        "ticket.html",
        {
            **frame(language, name_of(view.branch_name, language)),
            "size": _size(language),
            "title": text(language, "phone.title.other", number=view.number, state=headline),
            "state": state,
            "made": str(made),
            "zone": zone,
            "as_of": text(language, "phone.as_of", time=time_of(made, zone, seconds=True)),
            "your_number": text(language, "phone.your_number"),
            "number": view.number,
            "service": name_of(view.service_name, language),
            "headline": headline,
            "advice": text(language, f"phone.advice.{state}", **values),
            "bring_hidden": Markup("" if bring else " hidden"),
            "bring_heading": text(language, "phone.bring"),
            "bring": listed(bring),
            "no_script": text(language, "phone.no_script"),
            "again": text(language, "phone.again"),
        },
        asked.host,
    )


def _size(language: Language) -> Markup:
    """The key to larger letters, which the script shows."""
    larger = text(language, "phone.larger")
    return tag("button", larger, id="size", type="button", aria_pressed="false", hidden="hidden")


def _calendar(runner: BranchRunner, visit: int) -> Response:
    """The appointment that a ticket came from."""
    booked = runner.appointment_of(visit)
    view = runner.appointment_view(booked.id) if booked is not None else None
    if booked is None or view is None:
        return words(HTTPStatus.NOT_FOUND)
    headers = {"Content_Disposition": 'attachment; filename="appointment.ics"'}
    content = ics.calendar(view, booked.language).encode()
    return response(HTTPStatus.OK, ics.CONTENT_TYPE, content, **headers)


def state_of(view: TicketView) -> str:
    """The ticket's state, or a shade of waiting that has words of its own; as in `ticket.js`."""
    if view.state != "waiting":
        return view.state
    if view.absent:
        return "absent"
    if view.held_until is not None:
        return "held"
    return "soon" if view.soon else "waiting"

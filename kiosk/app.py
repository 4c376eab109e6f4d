"""The kiosk's program: touches become commands, answers become pages, idleness forgets.

The only file of the kiosk that speaks to the link. What a touch means is decided in `flow`, what
is shown in `pages`; here it is carried out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from msgspec.structs import replace
from textual import on
from textual.reactive import var

from kiosk.flow import answered, called, is_asking, left, ordered, touched
from kiosk.page import Equipment, Page
from kiosk.pages import offline, page_of, sentences, still_there
from kiosk.screen import KioskScreen, Marked, Touched
from kiosk.settings import Settings
from kiosk.state import (
    Ask,
    Booked,
    Call,
    Choices,
    Effect,
    Kiosk,
    Order,
    Print,
    PrintBooking,
    Take,
    Ticket,
    fresh,
)
from shared.i18n import is_said, say
from shared.link import REAL_TIME, Link, LinkError
from shared.protocol import (
    HelpWanted,
    KioskView,
    Language,
    PrinterState,
    Refused,
    ReportPrinter,
    RequestHelp,
    TakeTicket,
    VisitId,
)
from shared.ui.app import ClientApp
from shared.ui.staff_exit import Facts
from shared.ui.theme import CONTRAST
from shared.ui.widgets import Status

if TYPE_CHECKING:
    from shared.printing.printer import PrinterAtWork
    from shared.protocol import HouseReply, Reply

log = logging.getLogger(__name__)


SAID_IN: Final[Language] = "zh"
"""The server writes its refusals so to a terminal that has asked for no other language."""

BLINK_SECONDS: Final = 2.0
"""A server that is started anew is back by then."""


class Voice(Protocol):
    """Reads aloud."""

    def say(self, sentences: list[str], language: Language, *, loud: bool) -> None:
        """Read these, in place of what is being read."""

    def stop(self) -> None:
        """Be quiet."""


class KioskApp(ClientApp[KioskView]):
    """See above."""

    CSS_PATH = Path(__file__).with_name("kiosk.tcss")
    shows = KioskView

    kiosk: var[Kiosk] = var(Kiosk())

    def __init__(
        self,
        link: Link,
        settings: Settings,
        *,
        printer: PrinterAtWork | None = None,
        voice: Voice | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(link, language=settings.language, theme=settings.theme)
        self.settings = settings
        self.set_reactive(KioskApp.kiosk, fresh(settings.language))
        self._printer = printer
        self._reported: tuple[str, PrinterState] | None = None
        self._last_printed: VisitId | None = None
        self._last_seen: VisitId | None = None
        self._drawn: tuple[object, ...] = ()
        self._calling: set[HelpWanted] = set()
        self._voice = voice
        self._monotonic = monotonic or REAL_TIME.now
        self._touched_at = 0.0
        self._changed_at = 0.0
        self._refused: Refused | None = None
        self._spoken: tuple[str, ...] = ()
        self._up = False

    def get_default_screen(self) -> KioskScreen:
        """One screen, always, with its first page on it: an empty one that is laid out and drawn
        before would be a third of the time until somebody sees something."""
        settings = self.settings
        first = self.page()
        return KioskScreen(settings.screen, low=settings.low, page=first, status=self._status())

    async def on_mount(self) -> None:
        """The frame's own `on_mount` is called after this one, by Textual."""
        self._touched_at = self._monotonic()
        self._up = True
        self.run_worker(self._take_up_answers(), name="answers")
        if self._printer is not None:
            self.run_worker(self._printer.run(), name="printer")
        self._show()

    def on_resize(self) -> None:
        """Text too small to read, or keys too close, are for whoever set the terminal up."""
        if self.settings.screen is not None:
            for key in self.settings.screen.cell(*self.size).faults():
                log.warning(self.say(key))

    # --- Touches -----------------------------------------------------------------------------

    @on(Touched)
    def _on_touched(self, message: Touched) -> None:
        warned = self._idle_seconds() >= self.settings.idle_seconds and self._may_be_idle()
        self._touched_at = self._monotonic()
        if warned:
            # Whatever it was, it said that somebody is there.
            self._show()
            return
        if message.word in ("repeat", "quiet"):
            self._say_again(message.word)
            return
        if not self.is_current or self._is_unseen():
            return
        self.kiosk, effects = touched(self.kiosk, message.word, self.shown, self.settings.long_line)
        self._carry_out_all(effects)

    def _is_unseen(self) -> bool:
        """Whether there is a number that nobody can have put away yet: it is not on the screen."""
        ticket = self.kiosk.ticket
        return (
            self.kiosk.step == "ticket" and ticket is not None and ticket.visit != self._last_seen
        )

    def _carry_out_all(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Order():
                self.run_worker(self._order(effect), group="order", exclusive=False)
            case Ask():
                self.run_worker(self._ask(effect), group="order", exclusive=False)
            case PrintBooking(booked, choices):
                self._put_booking_on_paper(booked, choices)
            case Take():
                self.run_worker(self._take(effect), group="take", exclusive=False)
            case Call(wanted) if wanted in self._calling:
                pass  # one who presses again and again calls nobody else
            case Call(wanted):
                self._calling.add(wanted)
                self.run_worker(self._call(effect), group="call", exclusive=False)
            case Print(ticket, choices):
                self._put_on_paper(ticket, choices)

    async def _take(self, take: Take) -> None:
        command = TakeTicket(
            id=self.link.new_id(),
            day=self._day(),
            service=take.service,
            lanes=take.lanes,
            needs=take.needs,
            language=take.language,
        )
        reply = self._in_words(await self.order(command))
        self.kiosk, effects = answered(self.kiosk, take.service, reply, self.now)
        self._touched_at = self._monotonic()
        self._carry_out_all(effects)

    async def _order(self, order: Order) -> None:
        """Give a command about an appointment."""
        from shared.protocol import ReleaseSlot

        day = self._day() or self._today()
        command = order.kind(id=self.link.new_id(), day=day, **order.fields)
        reply = self._in_words(await self.order(command))
        if order.kind is ReleaseSlot:
            return  # whoever let it go has gone on
        # By the answer itself: the next view may not have been drawn yet.
        now = self.link.now_ms() or self.now
        self.kiosk, effects = ordered(self.kiosk, order, reply, now, self.shown)
        self._touched_at = self._monotonic()
        self._carry_out_all(effects)

    async def _ask(self, ask: Ask) -> None:
        """Ask which times are free, or which appointment somebody means."""
        from kiosk import booking

        reply: HouseReply | None
        try:
            query = ask.kind(id=self.link.new_id(), **ask.fields)
            reply = await self.link.request(query)
        except LinkError:
            reply = None
        self.kiosk, effects = booking.found(self.kiosk, self._said(reply), self._zone())
        self._touched_at = self._monotonic()
        self._carry_out_all(effects)

    def _in_words(self, reply: Reply | None) -> Reply | None:
        """A refusal in the language of whoever stands here: the server knows only the kiosk's."""
        return self._refusal(reply) if isinstance(reply, Refused) else reply

    def _said(self, reply: HouseReply | None) -> HouseReply | None:
        return self._refusal(reply) if isinstance(reply, Refused) else reply

    def _refusal(self, refused: Refused) -> Refused:
        key, language = f"refusal.{refused.code}", self.kiosk.choices.language
        if language == SAID_IN or not is_said(language, key):
            return refused
        names = {one.id: one.name for one in (self.shown.services if self.shown else ())}
        words = say(language, key, refused.values, self._zone(), names, today=self.now)
        return replace(refused, text=words)

    def _zone(self) -> str:
        return self.link.welcome.time_zone if self.link.welcome else "UTC"

    def _today(self) -> str:
        from shared.free_times import free_at

        return free_at(self.now, self._zone()).day

    async def _call(self, call: Call) -> None:
        help_wanted = RequestHelp(id=self.link.new_id(), day=self._day(), wanted=call.wanted)
        reply = self._in_words(await self.order(help_wanted))
        self._calling.discard(call.wanted)
        self.kiosk = called(self.kiosk, call.wanted, reply)

    async def _take_up_answers(self) -> None:
        """Those that nobody waited for."""
        async for recovered in self.link.recovered():
            from kiosk.recovered import taken_up  # hardly ever is there one

            found = taken_up(self.kiosk, recovered, self.now, self._zone())
            if found is not None:
                self.kiosk, effects = found
                self._touched_at = self._monotonic()
                self._carry_out_all(effects)

    # --- Paper -------------------------------------------------------------------------------

    def _put_on_paper(self, ticket: Ticket, choices: Choices) -> None:
        if self._printer is None or self.settings.printer is None:
            return
        from kiosk import papers

        again = ticket.visit == self._last_printed
        self._last_printed = ticket.visit
        layout = self.settings.printer.layout
        paper = papers.of_ticket(ticket, choices, self.shown, layout, self.local, again=again)
        self._printer.print(paper)

    def _put_booking_on_paper(self, booked: Booked, choices: Choices) -> None:
        if self._printer is None or self.settings.printer is None:
            return
        from kiosk import papers

        layout = self.settings.printer.layout
        self._printer.print(papers.of_booking(booked, choices, self.shown, layout))

    def staff_facts(self) -> Facts:
        """With the printer, as it says itself that it is."""
        facts = super().staff_facts()
        if self._printer is None:
            return facts
        state = self.say(f"printer_state.{self._printer.state}")
        line = self.say("staff.printer", state=state)
        return replace(facts, lines=(*facts.lines, line), printer=True)

    def print_test_page(self) -> None:
        """As soon as the printer can."""
        if self._printer is not None:
            welcome = self.link.welcome
            station = welcome.station if welcome else ""
            from shared.printing.layouts import test_page

            self._printer.print(test_page(station, self.local(self.now)))

    def _report_printer(self) -> None:
        """Whoever is on duty knows of a fault as soon as the printer tells it."""
        if self._printer is None or not self._day() or self.link_state != "live":
            return
        now = (self._day(), self._printer.state)
        if now != self._reported:
            self._reported = now
            self.run_worker(self._tell_printer(*now), group="printer")

    async def _tell_printer(self, day: str, state: PrinterState) -> None:
        await self.order(ReportPrinter(id=self.link.new_id(), day=day, state=state))

    def _day(self) -> str:
        return (self.shown.day if self.shown else None) or ""

    # --- Idleness ----------------------------------------------------------------------------

    def _tick(self) -> None:
        super()._tick()
        self._report_printer()
        if self._may_be_idle() and self._idle_seconds() >= self._patience():
            _, effects = left(self.kiosk)
            self.kiosk = fresh(self.settings.language)
            self._carry_out_all(effects)
        if self.kiosk.errand.held:
            from kiosk import booking

            self.kiosk = booking.kept_too_long(self.kiosk, self.now)
        self._show()

    def _may_be_idle(self) -> bool:
        plain = self.kiosk == fresh(self.settings.language)
        return not plain and not is_asking(self.kiosk) and self.is_current

    def _idle_seconds(self) -> float:
        return self._monotonic() - self._touched_at

    def _patience(self) -> float:
        return self.settings.idle_seconds + self.settings.leave_seconds

    # --- What is shown -----------------------------------------------------------------------

    def watch_kiosk(self, kiosk: Kiosk) -> None:
        """Another state, another page."""
        self.language = kiosk.choices.language
        self.theme = CONTRAST if kiosk.choices.large else self.settings.theme
        self._show()

    def watch_view(self) -> None:
        """News from the branch."""
        self._show()

    def watch_link_state(self) -> None:
        """Connected, or not."""
        self._changed_at = self._monotonic()
        self._show()

    @property
    def is_current(self) -> bool:
        """A connection that comes back in a moment is not worth a word; any other is, at once."""
        if self.link_state == "connecting":
            moment = self._monotonic() - self._changed_at < BLINK_SECONDS
            return self.view is not None and moment
        return super().is_current

    def refused(self, refusal: Refused) -> None:
        """This kiosk is not wanted any more: it says so, for staff to read."""
        self._refused = refusal
        self._show()

    def page(self) -> Page:
        """What is to be seen now."""
        idle = self._idle_seconds() - self.settings.idle_seconds
        if not self.is_current and self.view is not None:
            return offline(self.kiosk)
        has = Equipment(printer=self._printer is not None, voice=self._voice is not None)
        if self._may_be_idle() and idle >= 0:
            return still_there(self.kiosk, max(0, round(self.settings.leave_seconds - idle)), has)
        return page_of(self.kiosk, self.shown, self.local, has, self.now)

    def _show(self) -> None:
        if self._up:
            self.call_later(self._draw)

    async def _draw(self) -> None:
        screen = self.screen
        if not isinstance(screen, KioskScreen):
            return
        page, choices = self.page(), self.kiosk.choices
        if page.name == "still_there" and screen.page.name != "still_there":
            self.bell()  # for whoever looks elsewhere
        drawing = (page, self._status(), self.kiosk.page, choices.large, self.size)
        if drawing == self._drawn:
            return  # the second that has gone by has changed nothing
        self._drawn = drawing
        screen.tell(self._status())
        ticket = self.kiosk.ticket
        await screen.show(page, self.kiosk.page, choices.large)
        if page.name == "ticket" and ticket is not None:
            self._last_seen = ticket.visit
        self._speak(page)

    def _status(self) -> Status:
        return Status(
            state=self.link_state,
            language=self.language,
            as_of=self.local(self.shown.at) if self.shown else "",
            why=self._refused.text if self._refused else "",
            read_only=self.shown is not None and self.shown.read_only,
        )

    def _speak(self, page: Page) -> None:
        # A page is read when it comes, not again with every number on it that changes.
        read = (self.kiosk.choices.speech, page.name, page.heading, page.big)
        if self._voice is None or read == self._spoken:
            return
        self._spoken = read
        if self.kiosk.choices.speech == "off":
            self._voice.stop()
        else:
            self._read(list(sentences(page)))

    def _say_again(self, word: str) -> None:
        if word == "repeat":
            self._spoken = ()
            self._speak(self.page())
        elif self._voice is not None:
            self._voice.stop()

    @on(Marked)
    def _on_marked(self, message: Marked) -> None:
        self._touched_at = self._monotonic()
        self._show()
        if self.kiosk.choices.speech != "off":
            self._read([message.tile.label, *message.tile.lines])

    def _read(self, words: list[str]) -> None:
        choices = self.kiosk.choices
        if self._voice is not None:
            self._voice.say(words, choices.language, loud=choices.speech == "loud")

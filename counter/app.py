"""The counter's program: keys become questions or commands, answers become sentences.

The only file of the counter that speaks to the link. What a key means is decided in `flow`, what is
shown in `page`; here it is carried out. One command at a time: while one is on its way every other
key waits for its answer, so that a double press never calls twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from msgspec.structs import replace
from textual import on
from textual.reactive import var

from counter import bookings, words
from counter.flow import chosen, pressed
from counter.page import desk_shown
from counter.questions import papers_language
from counter.screen import CounterScreen
from counter.settings import Settings
from counter.state import Book, Change, Desk, Effect, Give, Look, SignOut, put_away, tell
from counter.verbs import ALWAYS, label_key
from counter.words import Speaker
from shared.free_times import free_at
from shared.link import REAL_TIME, Link, LinkError
from shared.printing.bookings import booked, booking_slip
from shared.printing.layouts import appointment as appointment_on_paper
from shared.printing.layouts import missing_papers
from shared.printing.printer import USABLE, PrinterAtWork
from shared.protocol import (
    Accepted,
    AskHelp,
    BookAppointment,
    Command,
    CounterCommand,
    CounterView,
    FindSlots,
    FinishService,
    HoldSlot,
    HouseReply,
    Language,
    MoveAppointment,
    Refused,
    Reply,
    SignedIn,
    Words,
)
from shared.ui.app import ClientApp
from shared.ui.choice import Chosen, GivenUp, Moved
from shared.ui.keys import Pressed
from shared.ui.own_secret import choose_and_sign_in
from shared.ui.sign_in import (
    Asked,
    OwnSecretAsked,
    Purpose,
    SecretChosen,
    SecretGiven,
    SignInGiven,
    SignOutAsked,
    Wiped,
    answered,
    chosen_twice,
)
from shared.ui.theme import CONTRAST, DAY, NIGHT
from shared.ui.widgets import Status

DOUBLE_SECONDS: Final = 0.4
"""The same key twice within so little is one press of a hurried or trembling hand."""

VIEW_SECONDS: Final = 2.0
"""A view comes before its answer; it is not waited for longer than this."""

CALM_SECONDS: Final = 0.5
"""What happens elsewhere in the branch may wait so long to be drawn: in a rush it is twenty views a
second, and a terminal that drew each of them would be slow to answer its own keys."""

COLOURS: Final = (DAY, NIGHT, CONTRAST)


class Voice(Protocol):
    """Reads aloud."""

    def say(self, sentences: list[str], language: Language, *, loud: bool) -> None:
        """Read these, in place of what is being read."""


class CounterApp(ClientApp[CounterView]):
    """See above."""

    CSS_PATH = Path(__file__).with_name("counter.tcss")
    shows = CounterView

    desk: var[Desk] = var(Desk())
    calm_seconds: ClassVar[float] = CALM_SECONDS

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
        self._printer = printer
        self._voice = voice
        self._monotonic = monotonic or REAL_TIME.now
        self._asked = Asked(language=settings.language, with_code=settings.one_time_code)
        self._idle_seconds = 60.0 * settings.lock_minutes
        self._active_at = 0.0
        self._locked = False
        self._on_its_way: str | None = None
        self._last_press: tuple[str, float] = ("", 0.0)
        self._refused: Refused | None = None
        self._news = ""
        self._linear = ""
        self._up = False
        self._drawing = False
        self._waiting = False

    async def on_mount(self) -> None:
        """One screen, always. (Textual calls the frame's own `on_mount` after this one.)"""
        self._active_at = self._monotonic()
        await self.push_screen(CounterScreen(self._monotonic))
        self._up = True
        self.run_worker(self._take_up_answers(), name="answers")
        if self._printer is not None:
            self.run_worker(self._printer.run(), name="printer")
        self._show()

    @property
    def speaker(self) -> Speaker:
        """Sentences in the language of this screen, with the names of this branch."""
        return Speaker(self.language, self.shown, self._zone())

    @property
    def is_busy(self) -> bool:
        """Whether a command is on its way, or something is still to be drawn."""
        at_work = any(one.group in ("effects", "sign_in") for one in self.workers)
        return at_work or self._drawing

    # --- Keys and answers --------------------------------------------------------------------

    @on(Pressed)
    def _on_pressed(self, message: Pressed) -> None:
        word, view = message.word, self.shown
        if self._refused is not None:
            if word == "next":
                self.leave()
            return
        if self._form_asked is not None or view is None or self.desk.question is not None:
            return
        if word in ("marked", "away"):
            self._show()
        elif not self._held_back(word, view):
            # What changes by it is drawn when it has changed.
            self._then(*pressed(self.desk, word, view, self.speaker, self.now))

    @on(Chosen)
    def _on_chosen(self, message: Chosen) -> None:
        view = self.shown
        if view is None or self.desk.question is None:
            return
        if not self.is_current:
            self._tell(self.say("counter.offline", what=self.desk.question.heading), refused=True)
            return
        args = (message.words, message.note, view, self.speaker, self.now)
        self._then(*chosen(self.desk, *args))

    @on(GivenUp)
    def _on_given_up(self) -> None:
        self.desk = put_away(self.desk)

    @on(Moved)
    def _on_moved(self) -> None:
        self._show()

    def _held_back(self, word: str, view: CounterView) -> bool:
        """Whether a key does nothing now, and what is said instead."""
        if word in ALWAYS or ":" in word:
            return False
        before, at = self._last_press
        self._last_press = (word, self._monotonic())
        if self._on_its_way is not None or (
            word == before and self._last_press[1] - at < DOUBLE_SECONDS
        ):
            if word != before:
                self._tell(self.say("counter.pending", command=self._on_its_way))
            return True
        if not self.is_current:
            key = self.say(label_key(word, view))
            self._tell(self.say("counter.offline", what=key), refused=True)
            return True
        return False

    def _then(self, desk: Desk, effects: Sequence[Effect]) -> None:
        self.desk = desk
        if effects:
            self.run_worker(self._carry_out(effects), group="effects", exclusive=False)

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Give():
                    if not await self._give(effect):
                        return
                case Look():
                    await self._look(effect)
                case Book():
                    await self._book(effect)
                case SignOut():
                    await self._sign_out()
                case Change(what):
                    self._change(what)

    # --- Commands ----------------------------------------------------------------------------

    async def _give(self, give: Give) -> bool:
        """Whether it was accepted, and what follows it too."""
        view = self.shown
        if view is None:
            return False
        fields: dict[str, Any] = {"day": view.day or self._today(), **give.fields}
        if issubclass(give.kind, CounterCommand):
            fields["counter"] = view.counter
        command: Command = give.kind(id=self.link.new_id(), **fields)
        reply = await self._sent(command)
        self._say_answer(command, reply)
        if not isinstance(reply, Accepted):
            return False
        if isinstance(command, MoveAppointment):
            for theirs in view.appointments:
                if theirs.id == command.appointment:
                    self._put_booking_on_paper(theirs.service, reply, theirs.language)
        if give.papers:
            self._put_on_paper(give.papers, give.customer)
        return give.then is None or await self._give_next(give.then, reply)

    async def _sent(self, command: Command) -> Reply | None:
        self._on_its_way = self._command_name(command)
        try:
            return await self.order(command)
        finally:
            self._on_its_way = None
            self._active_at = self._monotonic()

    async def _look(self, look: Look) -> None:
        """Look up which times are free."""
        reply: HouseReply | None
        try:
            reply = await self.link.request(FindSlots(id=self.link.new_id(), **look.fields))
        except LinkError:
            reply = None
        if isinstance(reply, Refused):
            reply = replace(reply, text=self._in_words(reply))
        self.desk = bookings.looked_up(self.desk, reply, self.speaker)

    async def _book(self, book: Book) -> None:
        """Keep a time, then book it."""
        day = (self.shown.day if self.shown else None) or self._today()
        hold = HoldSlot(id=self.link.new_id(), day=day, **book.hold)
        kept = await self._sent(hold)
        if not isinstance(kept, Accepted):
            self._say_answer(hold, kept)
            return
        command = BookAppointment(
            id=self.link.new_id(),
            day=day,
            appointment=kept.appointment or 0,
            note=book.note,
            mail=book.mail,
        )
        reply = await self._sent(command)
        self._say_answer(command, reply)
        if isinstance(reply, Accepted):
            self._put_booking_on_paper(hold.service, reply, hold.language)

    def _today(self) -> str:
        return free_at(self.now, self._zone()).day

    async def _give_next(self, give: Give, before: Accepted) -> bool:
        """The second of two commands, unless the first has left somebody at the counter."""
        try:
            async with asyncio.timeout(VIEW_SECONDS):
                await self.link.until(before.seq)
        except (TimeoutError, LinkError):
            return False
        view = self.shown
        newest = self.link.view(f"CounterView:{view.counter}") if view else None
        if not isinstance(newest, CounterView) or newest.state != "open":
            return True
        if newest.current is not None:
            self._tell(self.say("counter.goes_on", number=newest.current.number))
            return True
        told = self.desk.told
        if newest.line_count == 0:
            why = self.say("refusal.NobodyWaiting")
            self._tell(self.say("counter.finished_only", why=why))
            return True
        accepted = await self._give(give)
        if accepted:
            self._tell(f"{told} {self.desk.told}")
        return accepted

    def _say_answer(self, command: Command, reply: Reply | None) -> None:
        name = self._command_name(command)
        match reply:
            case None:
                self._tell(self.say("link.unknown_outcome"), refused=True)
            case Refused(code="Locked" | "NobodySignedIn"):
                self._lock(reply)
            case Refused():
                self._tell(self._in_words(reply), refused=True)
            case Accepted() if isinstance(command, BookAppointment | MoveAppointment):
                self._tell(bookings.booked(command, reply, self.speaker))
            case Accepted() if isinstance(command, AskHelp):
                self._tell(self.say("counter.help_asked"))
            case Accepted(number=str(number)):
                self._tell(self.say("counter.done", command=name, number=number))
            case Accepted():
                self._tell(self.say("counter.done_plain", command=name))

    async def _take_up_answers(self) -> None:
        """What was asked for before a cut, or before the power went, and what became of it."""
        async for recovered in self.link.recovered():
            command, reply = recovered.command, recovered.reply
            name = self._command_name(command)
            if isinstance(reply, Refused):
                why = self._in_words(reply)
                self._tell(self.say("counter.recovered_refused", command=name, why=why))
                continue
            if isinstance(command, FinishService) and command.papers:
                self._put_on_paper(command.papers, papers_language(command.papers))
            if reply.number is not None:
                self._tell(self.say("counter.recovered", command=name, number=reply.number))
            else:
                self._tell(self.say("counter.recovered_plain", command=name))

    def _command_name(self, command: Command) -> str:
        return self.say(f"command.{type(command).__name__}")

    def _in_words(self, refused: Refused) -> str:
        return self.speaker.refusal(refused, self._zone(), self.now)

    def _zone(self) -> str:
        return self.link.welcome.time_zone if self.link.welcome else "UTC"

    # --- Paper -------------------------------------------------------------------------------

    def _put_on_paper(self, papers: Sequence[str], language: Language) -> None:
        if self._printer is None:
            self._add(self.say("counter.no_printer"))
            return
        if self._printer.state not in USABLE:
            state = self.say(f"printer_state.{self._printer.state}")
            self._add(self.say("counter.not_printed", state=state))
            return
        branch = self.shown.branch_name if self.shown else Words()
        self._printer.print(missing_papers(branch, papers, language, self.local(self.now)))
        self._add(self.say("counter.printed"))

    def _put_booking_on_paper(self, service_id: str, reply: Accepted, language: Language) -> None:
        view = self.shown
        if self._printer is None or self._printer.state not in USABLE or view is None:
            return  # its code has been told
        one = booked(service_id, reply, self._zone())
        slip = booking_slip(one, view.branch_name, view.all_services, view.booking)
        layout = self.settings.printer.layout if self.settings.printer else "normal"
        self._printer.print(appointment_on_paper(slip, layout, language))

    # --- Who is here -------------------------------------------------------------------------

    @on(SignInGiven)
    def _on_sign_in_given(self, given: SignInGiven) -> None:
        self._ask_in(replace(self._asked, busy=True))
        asking = self.link.sign_in(given.staff, given.secret, given.otp, hand_over=given.hand_over)
        self.run_worker(self._let_in(asking), group="sign_in", exclusive=True)

    @on(SecretGiven)
    def _on_secret_given(self, given: SecretGiven) -> None:
        self._ask_in(replace(self._asked, busy=True))
        asking = self.link.unlock(given.secret)
        self.run_worker(self._let_in(asking), group="sign_in", exclusive=True)

    @on(OwnSecretAsked)
    def _on_own_secret_asked(self) -> None:
        self._ask_in(replace(self._asked, purpose="choose", told="", instead_of=""))

    @on(SecretChosen)
    def _on_secret_chosen(self, given: SecretChosen) -> None:
        self._ask_in(chosen_twice(self._asked, given))
        if self._asked.busy:
            asking = choose_and_sign_in(self.link, given)
            self.run_worker(self._let_in(asking), group="sign_in", exclusive=True)

    @on(SignOutAsked)
    def _on_sign_out_asked(self) -> None:
        self.run_worker(self._sign_out(), group="sign_in", exclusive=True)

    @on(Wiped)
    def _on_wiped(self) -> None:
        """Back to where somebody signs in."""
        asked = replace(self._asked, purpose="sign_in", told="", instead_of="")
        self._ask_in(replace(asked, lasts=False, only_new=False))

    async def _let_in(self, asking: Awaitable[HouseReply]) -> None:
        reply: HouseReply | None
        try:
            reply = await asking
        except LinkError:
            reply = None
        told = reply
        if isinstance(reply, Refused):
            told = replace(reply, text=self._in_words(reply))
        if isinstance(reply, SignedIn):
            self._tell(self.say("counter.unlocked") if self._locked else "")
            self._idle_seconds = reply.idle_ms / 1000
            self._active_at = self._monotonic()
            self._locked = False
        self._ask_in(answered(self._asked, told))

    async def _sign_out(self) -> None:
        try:
            reply = await self.link.sign_out()
        except LinkError:
            no_answer = self.say("sign_in.no_answer")
            self._ask_in(replace(self._asked, told=no_answer))
            self._tell(no_answer, refused=True)
            return
        if isinstance(reply, Refused):
            self._tell(self._in_words(reply), refused=True)
        self._locked = False
        self._ask_in(Asked(language=self.language, with_code=self.settings.one_time_code))

    def _lock(self, refused: Refused | None = None) -> None:
        """Nothing of a customer is shown until whoever is signed in has proved it again."""
        self._locked = self.staff is not None
        self.desk = Desk()
        said = self._in_words(refused) if refused else ""
        self._ask_in(Asked(language=self.language, purpose="unlock", told=said))

    def _ask_in(self, asked: Asked) -> None:
        purpose: Purpose = "unlock" if self._locked else "sign_in"
        if asked.purpose == "choose" and not self._locked:
            purpose = "choose"
        self._asked = replace(asked, purpose=purpose)
        self._show()

    @property
    def _form_asked(self) -> Asked | None:
        """What the form asks for; None: somebody is at work."""
        if self.staff is not None and not self._locked:
            return None
        with_code = self.settings.one_time_code and not self._locked
        staff = self.staff or ""
        return replace(
            self._asked,
            language=self.language,
            place=self._place(),
            staff=staff,
            with_code=with_code,
        )

    def _place(self) -> str:
        welcome = self.link.welcome
        return self.say("counter.place", counter=welcome.counter) if welcome else ""

    # --- Time and changes --------------------------------------------------------------------

    def _tick(self) -> None:
        super()._tick()
        idle = self._monotonic() - self._active_at
        if self.staff is not None and not self._locked and idle >= self._idle_seconds:
            self._lock()
        screen = self._on_top
        if screen is not None and screen.form is not None:
            screen.form.look()
        self._show()

    def _change(self, what: str) -> None:
        if what == "language":
            self.language = "en" if self.language == "zh" else "zh"
        else:
            place = COLOURS.index(self.theme) if self.theme in COLOURS else -1
            self.theme = COLOURS[(place + 1) % len(COLOURS)]
        self._show()

    def watch_view(self, before: CounterView | None, view: CounterView | None) -> None:
        """News from the branch."""
        if view is not None:
            self._news = words.news(before, view, self.speaker) or self._news
        if before is not None and view is not None and before.current != view.current:
            self._show_ticket_first(view)
        elif before is None or view is None or words.own(before) != words.own(view):
            self._show()
        else:
            self._show_by_and_by()

    def watch_desk(self) -> None:
        """Another state, another page."""
        self._show()

    def watch_link_state(self) -> None:
        """Connected, or not: a command on its way is kept, and is not to be given again."""
        if self._on_its_way is not None and not self.is_current:
            self._tell(self.say("counter.kept", command=self._on_its_way))
        self._show()

    def watch_pending(self, pending: bool) -> None:
        """An answer that takes long is waited for in words."""
        if pending and self._on_its_way is not None and self.is_current:
            self._tell(self.say("counter.pending", command=self._on_its_way))

    def watch_staff(self, _before: str | None, staff: str | None) -> None:
        """Somebody has come, or gone."""
        self._locked = False
        self._active_at = self._monotonic()
        ended = self.link.sign_in_end
        if staff is None:
            self.desk = Desk()
            told = self.say(f"sign_in.ended.{ended}") if ended else ""
            self._ask_in(Asked(language=self.language, told=told))
        self._show()

    def refused(self, refusal: Refused) -> None:
        """This terminal is not wanted any more: another one has taken its place, say. It does not
        fight back."""
        self._refused = refusal
        self._show()

    def _tell(self, sentence: str, *, refused: bool = False) -> None:
        self.desk = tell(self.desk, sentence, refused=refused)

    def _add(self, sentence: str) -> None:
        self._tell(" ".join(filter(None, (self.desk.told, sentence))))

    # --- What is shown -----------------------------------------------------------------------

    def _show(self) -> None:
        if self._up and not self._drawing:
            self._drawing = True
            self.call_later(self._draw)

    def _show_ticket_first(self, view: CounterView) -> None:
        """Somebody else is in hand: the teller sees who a moment before the keys, the lists and
        the figures, which are most of the work of a drawing."""
        screen = self._on_top
        if screen is None or self._drawing or not self._up:
            self._show()
            return
        self._drawing = True
        screen.hand(words.ticket(view, self.speaker, self.now, self.local))
        screen.call_after_refresh(self._draw)

    def _show_by_and_by(self) -> None:
        if not self.calm_seconds:
            self._show()
        elif not self._waiting:
            self._waiting = True
            self.set_timer(self.calm_seconds, self._show)

    async def _draw(self) -> None:
        self._drawing = self._waiting = False
        screen, view = self._on_top, self.shown
        if screen is None:
            return
        screen.status(self._status(), grey=view is not None and not self.is_current)
        if self._refused is not None:
            await screen.end(self._ended(self._refused))
        elif (asked := self._form_asked) is not None:
            await screen.sign_in(asked)
            screen.tell(self.desk.told, refused=self.desk.refused)
        elif view is not None:
            await screen.sign_in(None)
            await screen.show(desk_shown(self.desk, view, self.speaker, self.now, self.local))
            await screen.ask(self.desk.question)
        self._say_linear(screen)

    @property
    def _on_top(self) -> CounterScreen | None:
        """The screen; None when the program is on its way out: a draw may be put off until then."""
        top = next(iter(self.screen_stack[-1:]), None)
        return top if isinstance(top, CounterScreen) else None

    def _ended(self, refusal: Refused) -> str:
        superseded = refusal.code == "Superseded"
        why = self.say("counter.superseded") if superseded else refusal.text
        return f"{why}\n\n{self.say('counter.ended')}"

    def _status(self) -> Status:
        return Status(
            state=self.link_state,
            language=self.language,
            as_of=self.local(self.shown.at) if self.shown else "",
            why=self.say("link.state.refused") if self._refused else "",
            read_only=self.shown is not None and self.shown.read_only,
        )

    def _say_linear(self, screen: CounterScreen) -> None:
        if screen.form is not None:
            said = list(screen.form.sentences())
        elif screen.choice is not None:
            said = list(screen.choice.sentences())
        else:
            focus = screen.focus_words
            where = self.say("counter.focus", what=focus) if focus else ""
            said = [self.desk.told or self._news, where or self.say("counter.nothing_focused")]
        linear = self.say("counter.dot").join(filter(None, said))
        screen.say(linear)
        if linear != self._linear and self._voice is not None and self.settings.speech:
            self._voice.say([linear], self.language, loud=False)
        self._linear = linear

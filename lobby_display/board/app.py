"""The board's program: touches become commands, answers become sentences, alerts ring.

The only file of the board that speaks to the link. What a touch means is decided in `flow`, what is
shown in `pages` and `questions`; here it is carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from textual import on
from textual.reactive import var
from textual.timer import Timer

from lobby_display.board import bookings, flow, verbs
from lobby_display.board.asks import Given
from lobby_display.board.flow import Board, Effect, Issued, Look, Print, Send, SignOut, Turn
from lobby_display.board.pages import Tile, page_of, tabs
from lobby_display.board.questions import question_of
from lobby_display.board.screen import DOUBLE_SECONDS, BoardScreen, Scene, Touched
from lobby_display.board.settings import Settings
from lobby_display.board.words import Desk
from shared.link import REAL_TIME, Link, LinkError
from shared.printing.bookings import booked, booking_slip
from shared.printing.layouts import Slip
from shared.printing.layouts import appointment as appointment_on_paper
from shared.printing.layouts import ticket as ticket_on_paper
from shared.printing.printer import PrinterAtWork
from shared.protocol import (
    Accepted,
    BoardView,
    BookAppointment,
    BranchCommand,
    HouseReply,
    MoveAppointment,
    Refused,
    Reply,
    ReprintTicket,
    Request,
    Role,
    SignedIn,
    TakeTicket,
    Words,
)
from shared.ui.app import ClientApp
from shared.ui.choice import Chosen, GivenUp
from shared.ui.own_secret import choose_and_sign_in
from shared.ui.sign_in import (
    Asked,
    OwnSecretAsked,
    SecretChosen,
    SecretGiven,
    SignInForm,
    SignInGiven,
    SignOutAsked,
    Wiped,
    chosen_twice,
)
from shared.ui.sign_in import answered as sign_in_answered
from shared.ui.theme import THEMES
from shared.ui.widgets import Status

REDRAW_SECONDS: Final = 0.15
"""So often is news drawn at the most; what a person does at the board is drawn at once."""

PROVE: Final = ("Locked", "ProveAgain")
"""Refusals after which the person types the secret again; then the command is given again."""


class BoardApp(ClientApp[BoardView]):
    """See above."""

    CSS_PATH = Path(__file__).with_name("board.tcss")
    shows = BoardView
    redraw_seconds: ClassVar[float] = REDRAW_SECONDS

    board: var[Board] = var(Board())

    def __init__(
        self,
        link: Link,
        settings: Settings,
        *,
        printer: PrinterAtWork | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(link, language=settings.language, theme=settings.theme)
        self.settings = settings
        self._printer = printer
        self._monotonic = monotonic or REAL_TIME.now
        self._role: Role = "board"
        self._asked: Asked | None = None
        self._to_prove: Send | None = None
        self._refused: Refused | None = None
        self._rang_at = self._chosen_at = float("-inf")
        self._day = ""
        self._up = self._to_draw = False
        self._planned: Timer | None = None
        self._drawn_at = float("-inf")

    async def on_mount(self) -> None:
        """One screen, always. (Textual calls the frame's own `on_mount` after this one.)"""
        await self.push_screen(BoardScreen(self._monotonic))
        self._up = True
        self.run_worker(self._take_up_answers(), name="answers")
        if self._printer is not None:
            self.run_worker(self._printer.run(), name="printer")
        self._show()

    # --- Touches -----------------------------------------------------------------------------

    @on(Touched)
    def _on_touched(self, message: Touched) -> None:
        desk = self.desk()
        if desk is None:
            return
        word = message.word
        if word.startswith("turn:"):
            screen = self.screen
            assert isinstance(screen, BoardScreen)
            turned = self.board.turned + int(word.partition(":")[2])
            if not 0 <= turned <= screen.turned_max:
                return
        self._go_on(*flow.touched(self.board, word, desk))

    @on(Chosen)
    def _on_chosen(self, message: Chosen) -> None:
        desk = self.desk()
        now = self._monotonic()
        asked = question_of(self.board, desk) if desk is not None else None
        # Of two answers in one breath the second was not meant for what has just been asked; and
        # an answer to a question that is gone is none.
        twice = now - self._chosen_at < DOUBLE_SECONDS
        if desk is None or asked is None or asked[0].name != message.name or twice:
            return
        self._chosen_at = now
        self._go_on(*flow.chosen(self.board, message.words, message.note, desk))

    @on(GivenUp)
    def _on_given_up(self, _message: GivenUp) -> None:
        self.board = flow.given_up(self.board)

    def _go_on(self, board: Board, effects: Sequence[Effect]) -> None:
        if not self.is_current and any(isinstance(effect, Send) for effect in effects):
            # What is decided on old data is decided blindly: nothing is sent, and it says so.
            told = flow.Told(self.say("board.not_current"), "refused")
            self.board = replace(self.board, about="", verb="", answers=(), told=told)
            return
        self.board = board
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send():
                self.run_worker(self._send(effect), group="send")
            case Look(given):
                self.run_worker(self._look(given), group="send")
            case Print(issued):
                self._put_on_paper(issued)
            case SignOut():
                self.run_worker(self._sign_out(), group="people")
            case Turn("language"):
                self.language = "en" if self.language == "zh" else "zh"
            case Turn():
                names = [theme.name for theme in THEMES]
                self.theme = names[(names.index(self.theme) + 1) % len(names)]

    # --- Commands ----------------------------------------------------------------------------

    async def _send(self, send: Send) -> None:
        verb = verbs.named(send.verb)
        day = send.given.desk.view.day or self._today()
        command = verbs.command_of(verb, send.given, self.link.new_id(), day)
        reply = await self._ask(command)
        if isinstance(reply, Refused) and reply.code in PROVE:
            self._to_prove = send
            self._ask_for("unlock", reply.text)
            return
        if verb.then is not None and isinstance(reply, Accepted):
            command = verb.then(send.given, reply, self.link.new_id(), day)
            reply = await self._ask(command)
        self._take_answer(command, reply)
        if isinstance(command, BookAppointment | MoveAppointment) and isinstance(reply, Accepted):
            self._put_booking_on_paper(send.given, reply)

    async def _look(self, given: Given) -> None:
        """Look up which times are free."""
        reply = await self._ask(bookings.query(given, self.link.new_id()))
        desk = self.desk()
        if desk is not None:
            self.board = flow.looked_up(self.board, reply, desk)

    async def _ask(self, command: Request) -> Reply | HouseReply | None:
        if isinstance(command, BranchCommand):
            return await self.order(command)
        try:
            return await self.link.request(command)
        except LinkError:
            return None

    def _take_answer(self, command: Request, reply: Reply | HouseReply | None) -> None:
        desk = self.desk()
        if desk is None:
            self.board = replace(Board(page=self.board.page), looked=self.board.looked)
            return
        self.board = flow.answered(self.board, command, reply, desk)
        if self.board.issued is not None:
            self._put_on_paper(self.board.issued)

    async def _take_up_answers(self) -> None:
        """A number asked for before the power went is shown once, and printed once."""
        async for recovered in self.link.recovered():
            command, reply = recovered.command, recovered.reply
            desk = self.desk()
            if desk is None or not isinstance(command, TakeTicket | ReprintTicket):
                continue
            self.board = flow.answered(self.board, command, reply, desk)
            if self.board.issued is not None:
                self._put_on_paper(self.board.issued)

    def _put_on_paper(self, issued: Issued) -> None:
        if self._printer is None or self.settings.printer is None or self.shown is None:
            return
        service = next((s for s in self.shown.services if s.id == issued.service), None)
        slip = Slip(
            branch=self.shown.name,
            number=issued.number,
            service=service.name if service else Words(),
            time=self.local(issued.at),
            ahead=None if issued.again else issued.ahead,
            link=issued.link,
            short_code=issued.short_code,
            bring=service.bring if service else (),
            again=issued.again,
        )
        self._printer.print(ticket_on_paper(slip, self.settings.printer.layout, issued.language))

    def _put_booking_on_paper(self, given: Given, reply: Accepted) -> None:
        if self._printer is None or self.settings.printer is None or self.shown is None:
            return
        view, one = self.shown, booked(bookings.service_of(given), reply, self._zone())
        slip = booking_slip(one, view.name, view.services, view.booking)
        layout, language = self.settings.printer.layout, bookings.language_of(given)
        self._printer.print(appointment_on_paper(slip, layout, language))

    # --- People ------------------------------------------------------------------------------

    @on(SignInGiven)
    def _on_sign_in(self, message: SignInGiven) -> None:
        self.run_worker(
            self._let_in(
                lambda: self.link.sign_in(
                    message.staff, message.secret, message.otp, hand_over=message.hand_over
                )
            ),
            group="people",
        )

    @on(SecretGiven)
    def _on_secret(self, message: SecretGiven) -> None:
        self.run_worker(self._let_in(lambda: self.link.unlock(message.secret)), group="people")

    @on(OwnSecretAsked)
    def _on_own_secret_asked(self, _message: OwnSecretAsked) -> None:
        self._asked = replace(self._sign_in_form(), purpose="choose")
        self._show()

    @on(SecretChosen)
    def _on_secret_chosen(self, message: SecretChosen) -> None:
        self._asked = chosen_twice(self._asked or self._sign_in_form(), message)
        if self._asked.busy:
            self.run_worker(
                self._let_in(lambda: choose_and_sign_in(self.link, message)), group="people"
            )
        self._show()

    @on(Wiped)
    def _on_wiped(self, _message: Wiped) -> None:
        """Whoever does not prove it again goes on looking; nothing is done. Whoever signs in or
        chooses a password begins anew."""
        if self._asked is not None and self._asked.purpose != "unlock" and not self._asked.busy:
            self._asked = None
            self._show()
        if self._asked is not None and self._asked.purpose == "unlock" and not self._asked.busy:
            told = flow.Told(self._asked.told, "refused")
            self._asked = self._to_prove = None
            self.board = replace(self.board, busy=False, about="", verb="", answers=(), told=told)

    @on(SignOutAsked)
    def _on_sign_out_asked(self, _message: SignOutAsked) -> None:
        self.run_worker(self._sign_out(), group="people")

    async def _let_in(self, prove: Callable[[], Awaitable[HouseReply]]) -> None:
        self._asked = replace(self._asked or self._sign_in_form(), busy=True, told="")
        self._show()
        try:
            reply: HouseReply | None = await prove()
        except LinkError:
            reply = None
        if isinstance(reply, SignedIn):
            self._role = reply.role
            self._asked = None
            self._give_again()
        elif self._asked is not None:
            self._asked = sign_in_answered(self._asked, reply)
        self._show()

    def _give_again(self) -> None:
        """What waited for the secret."""
        send, self._to_prove = self._to_prove, None
        if send is not None:
            self.run_worker(self._send(send), group="send")

    async def _sign_out(self) -> None:
        self._to_prove = None
        try:
            await self.link.sign_out()
        except LinkError:
            self._asked = self._sign_in_form(self.say("sign_in.no_answer"))
        self._show()

    def watch_staff(self, staff: str | None) -> None:
        """Somebody has come, or nobody is here any more: nothing of the one before is left."""
        welcome = self.link.welcome
        if staff is None:
            self._role, self._to_prove = "board", None
            self.board = Board()
            self._asked = None
        elif welcome is not None and welcome.staff == staff:
            self._role = welcome.role
        self._show()

    def _ask_for(self, purpose: str, told: str = "") -> None:
        if purpose == "unlock":
            self._asked = Asked(
                language=self.language,
                purpose="unlock",
                place=self._place(),
                staff=self.staff or "",
                told=told,
            )
        self._show()

    def _sign_in_form(self, told: str = "") -> Asked:
        with_code = self.settings.one_time_code
        return Asked(language=self.language, place=self._place(), told=told, with_code=with_code)

    def _place(self) -> str:
        return self.say("board.place", branch=self.link.welcome.branch if self.link.welcome else "")

    # --- Time --------------------------------------------------------------------------------

    def _tick(self) -> None:
        super()._tick()
        self._ring()
        for form in self.screen.query(SignInForm):
            form.look()
        self._show()

    def _ring(self) -> None:
        """As long as nobody has looked at an alert, it rings from time to time."""
        desk, pause = self.desk(), self.settings.ring_seconds
        if desk is None or not pause or not flow.unlooked(self.board, desk):
            return
        now = self._monotonic()
        if now - self._rang_at >= pause:
            self._rang_at = now
            self.bell()

    def _today(self) -> str:
        zone = ZoneInfo(self._zone())
        return datetime.fromtimestamp(self.now / 1000, UTC).astimezone(zone).date().isoformat()

    def _zone(self) -> str:
        return self.link.welcome.time_zone if self.link.welcome else "UTC"

    def _exact(self, moment: int) -> str:
        local = datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(self._zone()))
        return f"{local:%H:%M:%S}"

    # --- What is shown -----------------------------------------------------------------------

    def desk(self) -> Desk | None:
        """What pages may know; None while there is nothing to show."""
        if self.shown is None or self.staff is None:
            return None
        return Desk(
            view=self.shown,
            language=self.language,
            local=self.local,
            now=max(self.now, self.shown.at),
            zone=self._zone(),
            role=self._role,
            staff=self.staff,
            prints=self._printer is not None,
        )

    def watch_board(self) -> None:
        """Another state, another scene."""
        self._show()

    def watch_view(self) -> None:
        """News from the branch. Another day counts its alerts anew."""
        day = (self.shown.day if self.shown else None) or ""
        if day and day != self._day:
            self.board = flow.told_again(self.board, day, self._day)
            self._day = day
        self._show_soon()

    def watch_link_state(self) -> None:
        """Connected, or not."""
        self._show()

    def watch_language(self) -> None:
        """Every word in the other one."""
        if self._asked is not None:
            self._asked = replace(self._asked, language=self.language)
        self._show()

    def refused(self, refusal: Refused) -> None:
        """This board is not wanted any more: it says so."""
        self._refused = refusal
        self._show()

    def _show(self) -> None:
        # What changes together is drawn once.
        if self._up and not self._to_draw:
            self._to_draw = True
            self.call_later(self._draw)

    def _show_soon(self) -> None:
        """News comes as often as somebody presses a key in the branch; nobody reads so fast, and a
        tablet that draws all of it does nothing else."""
        left = self.redraw_seconds - (REAL_TIME.now() - self._drawn_at)
        if left <= 0:
            self._show()
        elif self._up and self._planned is None:
            self._planned = self.set_timer(left, self._show)

    async def _draw(self) -> None:
        self._to_draw, self._planned = False, None
        self._drawn_at = REAL_TIME.now()
        screen = self.screen
        if isinstance(screen, BoardScreen):
            await screen.show(self.scene())

    def scene(self) -> Scene:
        """All there is to see now."""
        status = self._status()
        desk = self.desk()
        form = self._form()
        if desk is None or form is not None:
            return Scene(status=status, form=form, top="" if form else self._place())
        board = self.board
        width = self.size.width
        page = page_of(desk, board.page, board.narrowed, board.looked, width)
        return Scene(
            status=status,
            top=self._top(desk),
            alert=self._alert(desk),
            tabs=tabs(desk, board.page, board.looked),
            page=page,
            turned=board.turned,
            asked=question_of(board, desk),
            told=board.told or self._pending(desk),
            address=board.issued.link if board.issued else "",
            keys=self._keys(desk),
            row_rows=2 if self.settings.touch else 1,
        )

    def _form(self) -> Asked | None:
        if self._asked is not None:
            return self._asked
        nobody = self.staff is None and self.link_state in ("live", "connecting")
        return self._sign_in_form() if nobody and self.link.welcome is not None else None

    def _pending(self, desk: Desk) -> flow.Told | None:
        return flow.Told(desk.say("link.pending"), "unknown") if self.pending else None

    def _top(self, desk: Desk) -> str:
        view, figures = desk.view, desk.view.figures
        said = [
            desk.name(view.name),
            self.local(desk.now),
            f"{desk.say(f'role.{desk.role}')} {desk.staff}",
            desk.board("top", waiting=view.line_count, served=figures.done),
        ]
        if view.rehearsal:
            said.append(desk.board("rehearsal"))
        if view.emergency:
            said.append(desk.say(f"emergency_kind.{view.emergency}"))
        if view.day is None:
            said.append(desk.board("branch.closed"))
        return " · ".join(said)

    def _alert(self, desk: Desk) -> str:
        new = flow.unlooked(self.board, desk)
        if not new:
            return ""
        newest = next(alert for alert in reversed(desk.view.alerts) if alert.id in new)
        what = desk.say(f"alert_kind.{newest.kind}")
        about = desk.about(newest)
        return desk.board("alerts.ringing", n=len(new), what=f"{what} {about}".strip())

    def _keys(self, desk: Desk) -> tuple[Tile, ...]:
        turning = [
            Tile("turn:-1", "↑", desk.board("key.page_up")),
            Tile("turn:1", "↓", desk.board("key.page_down")),
        ]
        if not self.is_current:
            # Old pages may be read; nothing may be done on them.
            return tuple(turning)
        tiles = [
            Tile(f"verb:{verb.name}", desk.board(f"key.{verb.name}"), key)
            for key, verb in zip("ncv", verbs.NEW, strict=True)
            if verbs.may(desk.role, verb) and desk.view.day is not None
        ]
        if desk.view.booking is not None and verbs.may(desk.role, verbs.named("book")):
            tiles.append(Tile("verb:book", desk.board("key.book"), "b"))
        elastic = next((a for a in desk.view.alerts if a.kind == "elastic_suggested"), None)
        if elastic is not None and verbs.may(desk.role, verbs.named("open_elastic")):
            label = desk.board("key.open_elastic", n=elastic.counter)
            tiles.append(Tile(f"elastic:{elastic.id}", label, "e", wants=True))
        return (*tiles, Tile("more", desk.board("more"), "m"), *turning)

    def _status(self) -> Status:
        return Status(
            state=self.link_state,
            language=self.language,
            as_of=self._exact(self.shown.at) if self.shown else "",
            why=self._refused.text if self._refused else "",
            read_only=self.shown is not None and self.shown.read_only,
        )

"""The frame of every terminal's app: owns the link, keeps the newest view, turns nobody away.

Attributes down, messages up: `view`, `link_state`, `language`, `staff` and `now` are here for
screens and widgets to bind to; what they post becomes a command in the app of each program, and
nowhere else. What the person at the screen must not do (leave, open a palette, take a screenshot)
is switched off here for all programs.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast
from zoneinfo import ZoneInfo

from textual.app import App
from textual.errors import NoWidget
from textual.events import Event, InputEvent, MouseEvent
from textual.reactive import var

from shared.i18n import text
from shared.link import REAL_TIME, Link, LinkError, State
from shared.protocol import BranchView, Language, Refused
from shared.ui.life import Life
from shared.ui.screen import ClientScreen
from shared.ui.staff_door import StaffDoor
from shared.ui.staff_exit import Facts
from shared.ui.staff_pin import StaffPin
from shared.ui.terminal import is_served
from shared.ui.theme import THEMES

if TYPE_CHECKING:
    from shared.protocol import Command, Reply, View
    from shared.ui.staff_screen import StaffTouched

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
PENDING_SECONDS: Final = 2.0
"""So long an answer may take before a screen says that it is worked on."""

Shown = TypeVar("Shown", bound=BranchView)


class ClientApp(App[int], Generic[Shown], inherit_bindings=False):
    """See above. `shows` is the type of the view that the program lives by."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    ESCAPE_TO_MINIMIZE = False
    NOTIFICATION_TIMEOUT = 8

    shows: ClassVar[type[View]]
    tick_seconds: ClassVar[float] = TICK_SECONDS

    view: var[Any] = var(None)
    link_state: var[State] = var[State]("connecting")
    language: var[Language] = var[Language]("zh")
    staff: var[str | None] = var[str | None](None)
    now: var[int] = var(0)
    pending: var[bool] = var(False)

    def __init__(self, link: Link, *, language: Language = "zh", theme: str) -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme
        self._colours = self.get_css_variables()
        self.stylesheet.set_variables(self._colours)
        self.link = link
        self.set_reactive(ClientApp.language, language)
        self._life = Life(self.leave)
        self._door: StaffDoor | None = None
        self._undrawn = True

    async def on_mount(self) -> None:
        """Begin to live by the link. Called after a program's own, by Textual: not by `super()`."""
        self.run_worker(self._live(), name="link", exit_on_error=True)
        self.set_interval(self.tick_seconds, self._tick)
        self._stop_on_signal()

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles again in other colours. In the same ones, as Textual would do when a
        program starts, they are not read twice: that was a tenth of the start."""
        colours = self.get_css_variables()
        if colours != self._colours:
            self._colours = colours
            super().refresh_css(animate)

    def get_default_screen(self) -> ClientScreen:
        """See `App`. It lies below all others, and follows the terminal as they do."""
        return ClientScreen(id="_default")

    def guard(self, pin: StaffPin, now: Callable[[], float] = REAL_TIME.now) -> None:
        """Let staff end the program at its screen, where they have chosen a PIN."""
        self._door = StaffDoor(self, pin, now)

    # --- What programs use -------------------------------------------------------------------

    async def order(self, command: Command) -> Reply | None:
        """Send a command; its answer, however long the line is cut. None: there will be none."""
        pending = self.set_timer(PENDING_SECONDS, lambda: setattr(self, "pending", True))
        try:
            return await self.link.send(command)
        except LinkError:
            return None
        finally:
            pending.stop()
            self.pending = False

    def say(self, key: str, **values: object) -> str:
        """A sentence of the catalogue in the language of this screen."""
        return text(self.language, key, **values)

    def local(self, moment: int) -> str:
        """An instant (ms) as the branch's clocks show it; with its date where that is another."""
        welcome = self.link.welcome
        zone = ZoneInfo(welcome.time_zone if welcome else "UTC")
        then, now = (
            datetime.fromtimestamp(at / 1000, UTC).astimezone(zone) for at in (moment, self.now)
        )
        return then.strftime("%H:%M" if then.date() == now.date() else "%m-%d %H:%M")

    @property
    def shown(self) -> Shown | None:
        """The newest view."""
        return cast("Shown | None", self.view)

    @property
    def is_current(self) -> bool:
        """Whether what is shown is what is."""
        return self.view is not None and self.link_state in ("live", "connecting")

    def let_go(self) -> None:
        """Read no more of what is typed, after the end: a program that was ended in its first
        moments would stay as a ghost that reads for ever from a terminal that is gone."""
        ended = getattr(self._driver, "exit_event", None)
        if ended is not None:
            ended.set()

    def leave(self) -> None:
        """End the program, and leave the terminal as it was."""
        self.exit(0)

    @property
    def lived_seconds(self) -> float:
        """How long it has been running, more or less."""
        return self._life.beats * self.tick_seconds

    def refused(self, refusal: Refused) -> None:
        """The server will not have this terminal any more: programs say so on their screen."""

    # --- Staff at the screen -----------------------------------------------------------------

    def staff_facts(self) -> Facts:
        """What staff are told behind the screen; programs add what they have."""
        return Facts(lines=tuple(self.about()), served=is_served())

    def about(self) -> Iterator[str]:
        """This terminal, its version, its connection, a line each."""
        # Here and not above: it is hardly ever asked for, and larger than the link.
        from importlib.metadata import version

        welcome = self.link.welcome
        station = welcome.station if welcome else self.say("staff.nowhere")
        yield self.say("staff.station", station=station, version=version("lobby"))
        yield self.say("staff.link", state=self.say(f"link.state.{self.link_state}"))

    def print_test_page(self) -> None:
        """Put one on paper; programs with a printer do."""

    async def on_event(self, event: Event) -> None:
        """Whatever is touched or pressed comes here first."""
        if isinstance(event, InputEvent) and not self.screen_stack:
            return  # pressed while the program leaves: there is nothing it could be meant for
        if isinstance(event, MouseEvent) and not event.is_forwarded and self._is_gone(event):
            return
        if self._door is not None and isinstance(event, InputEvent) and not event.is_forwarded:
            self._door.notice(event)
        await super().on_event(event)

    def _is_gone(self, event: MouseEvent) -> bool:
        """Whether what is touched is no more: between its removal and the next picture Textual
        would look for its screen, find none, and end the program."""
        try:
            widget, _ = self.screen.get_widget_at(event.x, event.y)
        except NoWidget:
            return False
        return widget is not self.screen and not widget.is_attached

    def on_staff_touched(self, message: StaffTouched) -> None:
        """Staff are behind the screen."""
        if self._door is not None:
            self._door.touched(message.word)

    # --- The link ----------------------------------------------------------------------------

    async def _live(self) -> None:
        # The first picture comes first: what dials is loaded after it.
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        await drawn.wait()
        self._undrawn = False
        _collect_garbage()
        async with self.link as link, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_views(link.views()))
            tasks.create_task(self._follow_state(link.changed()))
            tasks.create_task(self._follow_staff(link))
        if link.refusal is not None:
            self.refused(link.refusal)

    async def _follow_views(self, views: AsyncIterator[View]) -> None:
        async for view in views:
            if isinstance(view, self.shows):
                self.now = self.link.now_ms() or view.at
                self.view = view

    async def _follow_state(self, states: AsyncIterator[State]) -> None:
        async for state in states:
            self.link_state = state

    async def _follow_staff(self, link: Link) -> None:
        told: str | None = None
        while link.state != "refused":
            told = await link.next_staff(told)
            self.staff = told
            if told is None:
                # What was shown was for the person who is not here any more.
                self.view = None

    def _tick(self) -> None:
        self._life.feed()
        if self._door is not None:
            self._door.look()
        moment = self.link.now_ms()
        if moment is not None:
            self.now = moment

    def _stop_on_signal(self) -> None:
        # Textual would die without restoring the terminal.
        loop = asyncio.get_running_loop()
        for wish in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(wish, self.leave)

    def _fatal_error(self) -> None:
        # Textual would print the source and the variables of the fault over the screen, in front
        # of customers. (Its only hook for this; the version is pinned.)
        log.critical("the program has failed", exc_info=self._exception)
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        # The other way in which it would: faults that draw themselves, such as those of styles.
        if self._exit_renderables:
            log.critical("the program has failed", exc_info=self._exception)
            self._exit_renderables.clear()

    # --- What nobody may do here -------------------------------------------------------------

    async def action_quit(self) -> None:
        """Programs end by their own, guarded ways."""

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Nothing is written to disk from a screen."""

    def action_suspend_process(self) -> None:
        """There is nothing behind this screen."""

    def action_command_palette(self) -> None:
        """There is none."""


def _collect_garbage() -> None:
    """As ever from the first picture on, where `lobby` has put it off; and without looking again
    and again at what was loaded for good. What the start left behind goes first: frozen it would
    stay as long, and what is loaded next has room in its place."""
    if not gc.isenabled():
        gc.collect()
        gc.freeze()
        gc.enable()

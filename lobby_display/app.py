"""The display's program: views go on stage, the stage becomes rows, and time passes.

The only file of the display that speaks to the link. Which calls are up is decided in `stage`, what
is said in `pages`, where it goes in `frame`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from textual import on
from textual.binding import Binding, BindingType
from textual.timer import Timer

from lobby_display.frame import Room, draw, number_rows, slots_of
from lobby_display.legible import Screen as Wall
from lobby_display.legible import drawn_mm, needed_mm, rows_needed
from lobby_display.pages import Moment, Picture, picture_of
from lobby_display.screen import DisplayScreen, Resized
from lobby_display.settings import Settings
from lobby_display.stage import FLASH_MS, FLASH_PERIOD_MS, Rules, Stage
from lobby_display.voice.clips import Clips
from lobby_display.voice.player import Player
from lobby_display.voice.speaker import Speaker
from shared.i18n import text
from shared.link import REAL_TIME, Link
from shared.protocol import DisplayView, Refused, ReportVoice, VoiceState
from shared.ui.app import ClientApp, log

FLASH_SECONDS: Final = FLASH_PERIOD_MS / 2000


class DisplayApp(ClientApp[DisplayView]):
    """See above."""

    draw_seconds: ClassVar[float] = 0.05
    CSS_PATH = Path(__file__).with_name("display.tcss")
    shows = DisplayView
    SCREENS: ClassVar = {"display": DisplayScreen}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("p,space", "pause", show=False)]

    def __init__(
        self,
        link: Link,
        settings: Settings,
        *,
        voice: tuple[Clips, Player] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(link, language=settings.languages[0], theme=settings.theme)
        self.settings = settings
        self.stage = Stage()
        self._monotonic = monotonic or REAL_TIME.now
        self._up = False
        self._flashing: Timer | None = None
        self._refused: Refused | None = None
        self._paused_at: int | None = None
        self._paused_for = 0
        self._warned = ""
        self._drawing: Timer | None = None
        self._drawn: tuple[Picture, Room] | None = None
        self.speaker = self._speaker(*voice) if voice else None
        self._reported: tuple[str, VoiceState] | None = None

    async def on_mount(self) -> None:
        """One screen, always. (Textual calls the frame's own `on_mount` after this one.)"""
        await self.push_screen("display")
        self._up = True
        self._flashing = self.set_interval(FLASH_SECONDS, self._flash, pause=True)
        if self.speaker is not None:
            self.run_worker(self.speaker.run(), name="voice")
        self._show()

    # --- News ------------------------------------------------------------------------------------

    def watch_view(self, view: DisplayView | None) -> None:
        """The branch has said how it is."""
        if view is None:
            return
        epoch = self.link.welcome.epoch if self.link.welcome else ""
        self.stage, news = self.stage.heard(view, epoch, self._clock(), self.rules())
        if news and self._flashing is not None:
            self._flashing.resume()
        if self.speaker is not None:
            self.speaker.check(view)
            self.speaker.heard(view, news)
        self._show()

    def watch_link_state(self) -> None:
        """What is shown may not be true any more."""
        self._show()

    def refused(self, refusal: Refused) -> None:
        """Said where the calls would be."""
        self._refused = refusal
        self._show()

    def _tick(self) -> None:
        super()._tick()
        self._report_voice()
        self._show()

    def _flash(self) -> None:
        clock = self._clock()
        self._show()
        flashing = any(clock - one.since < FLASH_MS + FLASH_PERIOD_MS for one in self.stage.shown)
        if not flashing and self._flashing is not None:
            self._flashing.pause()

    @on(Resized)
    def _on_resized(self) -> None:
        self._show()

    def action_pause(self) -> None:
        """Hold the slide that is shown, for whoever reads slowly; once more, and they go on."""
        clock = self._clock()
        if self._paused_at is None:
            self._paused_at = clock
        else:
            self._paused_for += clock - self._paused_at
            self._paused_at = None
        self._show()

    # --- Voice -----------------------------------------------------------------------------------

    def _speaker(self, clips: Clips, player: Player) -> Speaker:
        assert self.settings.voice is not None, "it has one"
        return Speaker(
            self.settings.voice,
            clips,
            player,
            now=self._branch_now,
            time_of_day=lambda: self.local(self._branch_now())[-5:],
        )

    def _branch_now(self) -> int:
        return self.link.now_ms() or self.now

    def _report_voice(self) -> None:
        """Counters and the board know of a silent display as soon as it does."""
        day = (self.shown.day if self.shown else None) or ""
        if self.speaker is None or not day or self.link_state != "live":
            return
        now = (day, self.speaker.state)
        if now != self._reported:
            self._reported = now
            self.run_worker(self._tell_voice(*now), group="report")

    async def _tell_voice(self, day: str, state: VoiceState) -> None:
        await self.order(ReportVoice(id=self.link.new_id(), day=day, state=state))

    # --- What is shown ---------------------------------------------------------------------------

    def wall(self) -> Wall:
        """The screen this runs on, as it hangs."""
        return Wall(self.settings.screen_inches, self.size.height, self._room(3).portrait)

    def rules(self) -> Rules:
        """How many calls fit, and how long they stay."""
        own = self.settings.counter
        return Rules(
            slots=1 if own is not None else slots_of(self.room()),
            least_ms=self.settings.least_seconds * 1000,
            usual_ms=self.settings.usual_seconds * 1000,
            long_ms=self.settings.long_seconds * 1000,
            counters=frozenset(self.settings.counters if own is None else (own,)),
        )

    def room(self) -> Room:
        """The screen in cells, and what a number must have of it."""
        settings = self.settings
        return self._room(rows_needed(settings.distance_m, self.wall(), lamps=settings.lamps))

    def _room(self, least_rows: int) -> Room:
        return Room(self.size.width, self.size.height, least_rows)

    def _show(self) -> None:
        """Draw soon: a branch in a hurry sends more views than anybody could see."""
        if not self._up or self._drawing is not None:
            return
        if self.draw_seconds:
            self._drawing = self.set_timer(self.draw_seconds, self._draw)
        else:
            self._draw()

    def _draw(self) -> None:
        self._drawing = None
        # A draw that was put off may come when the program is on its way out.
        screen = next(iter(self.screen_stack[-1:]), None)
        if not isinstance(screen, DisplayScreen):
            return
        before = {one.since for one in self.stage.shown}
        self.stage = self.stage.passed(self._clock(), self.rules())
        if self._flashing is not None and {one.since for one in self.stage.shown} - before:
            self._flashing.resume()
        picture = picture_of(self.shown, self.stage, self._moment(), self.settings, self.local)
        if self._refused is not None:
            picture = replace(picture, notice=(self._refused.text, ""), calls=(), stale=True)
        room = self.room()
        if (picture, room) == self._drawn:
            return
        self._drawn = (picture, room)
        screen.show(draw(picture, room))
        if self.shown is not None:
            self._warn(number_rows(room, slots_of(room), picture.counters))

    def _moment(self) -> Moment:
        clock = self._clock()
        turned = (self._paused_at or clock) - self._paused_for
        stale = self.link_state in ("stale", "refused")
        told = self.link.told_ms() or (self.shown.at if self.shown else 0)
        return Moment(
            clock=clock,
            now=self.local(self.now)[-5:] if self.now and not stale else "",
            turn=turned // 1000,
            as_of=(self._seconds(told) if told else "-") if stale else "",
            paused=self._paused_at is not None,
        )

    def _clock(self) -> int:
        return int(self._monotonic() * 1000)

    def _seconds(self, moment: int) -> str:
        welcome = self.link.welcome
        zone = ZoneInfo(welcome.time_zone if welcome else "UTC")
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone).strftime("%H:%M:%S")

    def _warn(self, rows: int) -> None:
        """Whoever put it up reads it in the log: the people in the hall can do nothing about it."""
        wall = self.wall()
        drawn = round(drawn_mm(rows, wall)) if rows else 0
        wanted = needed_mm(self.settings.distance_m, lamps=self.settings.lamps)
        if drawn >= wanted:
            return
        warning = text("en", "display.too_small", drawn=drawn, wanted=wanted, rows=wall.rows)
        if warning != self._warned:
            self._warned = warning
            log.warning("%s", warning)

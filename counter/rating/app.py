"""The rating panel's program: touches become commands, the server's question becomes a page.

The only file of the rating panel that speaks to the link. What a touch means is decided in `flow`,
what is shown in `pages`. A question is confirmed once it stands on the screen, or on the device
where there is one: what nobody could see was not asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from textual import on
from textual.reactive import var

from counter.rating.device import Asked, Connect, Device
from counter.rating.flow import Effect, Explain, Panel, Rate, answered, asked, touched
from counter.rating.pages import Page, offline, page_of, sentences
from counter.rating.screen import RatingScreen, Touched
from counter.rating.settings import Settings
from shared.link import Link
from shared.protocol import (
    Accepted,
    ConfirmQuestion,
    GiveRatingReason,
    Language,
    PanelQuestion,
    PanelView,
    RateService,
    Refused,
)
from shared.ui.app import ClientApp


class Voice(Protocol):
    """Reads aloud."""

    def say(self, sentences: list[str], language: Language, *, loud: bool) -> None:
        """Read these, in place of what is being read."""

    def stop(self) -> None:
        """Be quiet."""


class RatingApp(ClientApp[PanelView]):
    """See above."""

    CSS_PATH = Path(__file__).with_name("rating.tcss")
    shows = PanelView

    panel: var[Panel] = var(Panel())

    def __init__(
        self,
        link: Link,
        settings: Settings,
        *,
        voice: Voice | None = None,
        connect: Connect | None = None,
    ) -> None:
        super().__init__(link, language=settings.language, theme=settings.theme)
        self.settings = settings
        self._voice = voice if settings.speech != "off" else None
        self._device: Device | None = None
        if connect is not None and settings.device is not None:
            scores = settings.device.scores()
            self._device = Device(connect, scores, self._device_shows, self._device_scored)
        self._confirmed: tuple[int, bool] | None = None
        self._spoken: tuple[object, ...] = ()
        self._refused: Refused | None = None
        self._up = False

    async def on_mount(self) -> None:
        """One screen, always. (Textual calls the frame's own `on_mount` after this one.)"""
        await self.push_screen(RatingScreen())
        self._up = True
        if self._device is not None:
            self.run_worker(self._device.run(), name="device")
        self._show()

    # --- Touches -----------------------------------------------------------------------------

    @on(Touched)
    def _on_touched(self, message: Touched) -> None:
        if not self.is_current:
            return
        self.panel, effect = touched(
            self.panel, message.word, self.shown, self.now, self.settings.thanks_seconds
        )
        self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        if effect is not None:
            self.run_worker(self._answer(effect), group="answer", exclusive=False)

    async def _answer(self, sent: Rate | Explain) -> None:
        view = self.shown
        assert view is not None
        reply = await self.order(self._command(sent, view))
        self.panel = answered(self.panel, sent, reply, self.now, self.settings.thanks_seconds)

    def _command(self, sent: Rate | Explain, view: PanelView) -> RateService | GiveRatingReason:
        command_id, day, counter = self.link.new_id(), view.day or "", view.counter
        if isinstance(sent, Rate):
            return RateService(
                id=command_id, day=day, counter=counter, question=sent.question, score=sent.score
            )
        return GiveRatingReason(
            id=command_id, day=day, counter=counter, question=sent.question, reason=sent.reason
        )

    # --- The question ------------------------------------------------------------------------

    @property
    def question(self) -> PanelQuestion | None:
        """What is to be answered now with a score."""
        found = asked(self.panel, self.shown, self.now) if self.is_current else None
        return None if found is None or found.rated else found

    def _ask(self) -> None:
        """After the page was drawn: say that it is, or have the device say so."""
        question = self.question
        if self._device is not None:
            self._device.show(
                Asked(question.id, question.language, question.again) if question else None
            )
        elif question is not None:
            self._confirm(question.id)

    def _confirm(self, question_id: int) -> None:
        question = self.question
        if question is None or question.id != question_id:
            return
        told = (question.id, question.again)
        if self._confirmed != told:
            self._confirmed = told
            self.run_worker(self._tell_shown(question.id), group="confirm", exclusive=False)

    async def _tell_shown(self, question: int) -> None:
        view = self.shown
        if view is None:
            return
        command = ConfirmQuestion(
            id=self.link.new_id(), day=view.day or "", counter=view.counter, question=question
        )
        if not isinstance(await self.order(command), Accepted | Refused):
            self._confirmed = None

    def _device_shows(self, question: int) -> None:
        self._confirm(question)

    def _device_scored(self, question: int, score: int) -> None:
        asked_now = self.question
        if asked_now is not None and asked_now.id == question:
            self.post_message(Touched(f"score:{score}"))

    # --- What is shown -----------------------------------------------------------------------

    def watch_panel(self) -> None:
        """Something was touched or answered."""
        self._show()

    def watch_view(self) -> None:
        """News from the counter."""
        self._show()

    def watch_link_state(self) -> None:
        """Connected, or not."""
        self._show()

    def _tick(self) -> None:
        super()._tick()
        self._show()

    def refused(self, refusal: Refused) -> None:
        """This panel is not wanted any more: it says so, for staff to read."""
        self._refused = refusal
        self._show()

    def page(self) -> Page:
        """What is to be seen now."""
        if not self.is_current:
            why = self._refused.text if self._refused else ""
            return offline(self.shown, self.settings.language, why)
        return page_of(self.panel, self.shown, self.now, self.settings.language)

    def _show(self) -> None:
        if self._up:
            self.call_later(self._draw)

    async def _draw(self) -> None:
        screen = self.screen
        if not isinstance(screen, RatingScreen):
            return  # staff are behind it
        page = self.page()
        await screen.show(page)
        self._ask()
        self._speak(page)

    def _speak(self, page: Page) -> None:
        question = self.question
        spoken = (page.name, question.id if question else 0, bool(question and question.again))
        if self._voice is None or spoken == self._spoken:
            return
        self._spoken = spoken
        if page.name in ("question", "reason"):
            loud = self.settings.speech == "loud"
            self._voice.say(list(sentences(page)), page.language, loud=loud)
        elif page.name == "thanks":
            self._voice.say([page.heading], page.language, loud=self.settings.speech == "loud")
        else:
            self._voice.stop()

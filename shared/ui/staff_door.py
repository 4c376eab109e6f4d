"""Lets staff behind the screen of a running program: watches for their sign, asks, carries out.

Part of every terminal's app (`ClientApp.guard`), and at work only where a PIN was set. The screen
of the program stays as it is below; whoever walks away is followed by it after some seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events

from shared.arguments import FINE, LEFT
from shared.i18n import text
from shared.ui.staff_exit import (
    Check,
    Door,
    Effect,
    Leave,
    PrintTest,
    Restart,
    Signs,
    checked,
    corner_touched,
    key_pressed,
    looked,
    opened,
    seconds_to_wait,
    touched,
    wait_seconds,
)
from shared.ui.staff_pin import StaffPin

if TYPE_CHECKING:
    from shared.ui.app import ClientApp
    from shared.ui.staff_screen import StaffScreen


class StaffDoor:
    """See above. `now` is any clock that never goes back; waits begin anew with the program."""

    def __init__(self, app: ClientApp[Any], pin: StaffPin, now: Callable[[], float]) -> None:
        self._app, self._pin, self._now = app, pin, now
        self._signs = Signs()
        self._door = Door()
        self._wait_until: float | None = None
        self._screen: StaffScreen | None = None

    def notice(self, event: events.Event) -> None:
        """Something was touched or pressed; staff may have made their sign."""
        if self._screen is not None:
            return
        made = False
        if isinstance(event, events.MouseDown):
            place = event.x, event.y
            self._signs, made = corner_touched(self._signs, *place, self._now())
        elif isinstance(event, events.Key):
            self._signs, made = key_pressed(self._signs, event.key, self._now())
        if made:
            self._app.call_later(self._open)

    def touched(self, word: str) -> None:
        """A key of the staff's screen."""
        self._door, effect = touched(self._door, word, self._now())
        self._carry_out(effect)
        self.show()

    def look(self) -> None:
        """Some time has passed."""
        if self._screen is not None:
            self._door = looked(self._door, self._now())
            self.show()

    def show(self) -> None:
        """Draw where staff are, or nothing of them any more."""
        if self._screen is not None:
            self._app.call_later(self._draw)

    async def _open(self) -> None:
        failures = await asyncio.to_thread(self._pin.failures)
        if failures is None or self._screen is not None:
            return
        from shared.ui.staff_screen import StaffScreen  # not before staff come

        if self._wait_until is None:
            # Nobody gains a try by a restart, which needs no clock to be right.
            self._wait_until = self._now() + wait_seconds(failures)
        self._door = opened(self._now(), self._wait_until)
        self._screen = StaffScreen(self._app.language)
        await self._app.push_screen(self._screen)
        await self._draw()

    async def _draw(self) -> None:
        screen = self._screen
        if screen is None:
            return
        if self._door.step == "closed":
            self._screen = None
            screen.dismiss()
            return
        await screen.show(self._door, self._told(), self._app.staff_facts())

    def _told(self) -> str:
        door = self._door
        seconds = seconds_to_wait(door, self._now())
        if door.step == "pin" and seconds:
            return self._say("wait", seconds=seconds)
        if door.step == "pin" and not door.told:
            return self._say("ask")
        return self._say("checking" if door.step == "checking" else door.told)

    def _say(self, key: str, **values: object) -> str:
        return text(self._app.language, f"staff.{key}", **values) if key else ""

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Check():
                self._app.run_worker(self._check(effect), group="staff", exclusive=True)
            case Leave():
                self._app.exit(return_code=LEFT)
            case Restart():
                self._app.exit(return_code=FINE)
            case PrintTest():
                self._app.print_test_page()
            case None:
                pass

    async def _check(self, check: Check) -> None:
        fits = await asyncio.to_thread(self._pin.fits, check.pin)
        failures = await asyncio.to_thread(self._pin.failures) or 0
        self._door = checked(self._door, fits, failures, self._now())
        self._wait_until = self._door.wait_until
        self.show()

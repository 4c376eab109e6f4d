"""How staff get behind a terminal's screen: a hidden sign, a PIN, a small page of their own. Pure.

The sign is made in the upper left corner, or with the five keys; nobody makes it by chance, and
whoever does finds a keypad that forgets itself. What is counted over a restart is kept by
`staff_pin`; carrying out what staff choose is left to `staff_door`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

CORNER_CELLS: Final = 8
CORNER_ROWS: Final = 3
TOUCHES: Final = 7
TOUCHES_SECONDS: Final = 5.0

KEYS: Final = ("up", "up", "down", "down", "escape", "escape", "up", "down")
KEYS_SECONDS: Final = 12.0

TRIES_FREE: Final = 5
WAIT_SECONDS: Final = 30.0
WAIT_SECONDS_MAX: Final = 900.0
"""Five tries, then half a minute, a minute, two … a quarter of an hour for each: a hundred a day,
of a million PINs."""

IDLE_SECONDS: Final = 20.0
DIGITS_MAX: Final = 12

Step: TypeAlias = Literal["closed", "pin", "checking", "staff"]
Told: TypeAlias = Literal["", "wrong", "wait", "not_kept", "printing"]


class Signs(Struct, frozen=True):
    """The touches and keys of the last seconds, as far as they may become the sign."""

    touches: tuple[float, ...] = ()
    keys: tuple[tuple[str, float], ...] = ()


class Door(Struct, frozen=True):
    """Where staff are. Before `wait_until` no PIN is tried; `sure`: to leave was asked for once."""

    step: Step = "closed"
    typed: str = ""
    told: Told = ""
    wait_until: float = 0.0
    used_at: float = 0.0
    sure: bool = False


class Facts(Struct, frozen=True):
    """What staff want to know of this terminal, and what it can do for them."""

    lines: Sequence[str] = ()
    printer: bool = False
    served: bool = False


class Check(Struct, frozen=True):
    """Find out whether this is the PIN. As text it shows nothing."""

    pin: str

    def __repr__(self) -> str:
        return "Check(…)"


class Leave(Struct, frozen=True):
    """End the program; nobody starts it again."""


class Restart(Struct, frozen=True):
    """End the program, to be started again."""


class PrintTest(Struct, frozen=True):
    """Put a page on paper."""


Effect: TypeAlias = Check | Leave | Restart | PrintTest | None


def corner_touched(signs: Signs, x: int, y: int, now: float) -> tuple[Signs, bool]:
    """After a touch there: whether it completes the sign. Any other place ends what was begun."""
    if x >= CORNER_CELLS or y >= CORNER_ROWS:
        return Signs(), False
    touches = (*(at for at in signs.touches if now - at <= TOUCHES_SECONDS), now)
    if len(touches) >= TOUCHES:
        return Signs(), True
    return Signs(touches=touches), False


def key_pressed(signs: Signs, key: str, now: float) -> tuple[Signs, bool]:
    """After a key: whether it completes the sign."""
    keys = (*signs.keys, (key, now))[-len(KEYS) :]
    made = tuple(word for word, _ in keys) == KEYS and now - keys[0][1] <= KEYS_SECONDS
    return (Signs(), True) if made else (Signs(keys=keys), False)


def wait_seconds(failures: int) -> float:
    """How long nobody may try after so many wrong tries in a row."""
    beyond = failures - TRIES_FREE
    return 0.0 if beyond < 0 else min(WAIT_SECONDS_MAX, WAIT_SECONDS * 2.0 ** min(beyond, 9))


def opened(now: float, wait_until: float) -> Door:
    """The keypad, before the first digit."""
    return Door(step="pin", used_at=now, wait_until=wait_until)


def touched(door: Door, word: str, now: float) -> tuple[Door, Effect]:
    """What a key of the pad or of the page does."""
    door = replace(door, used_at=now, told="")
    match door.step, word:
        case _, "close":
            return Door(), None
        case "pin", "erase":
            return replace(door, typed=""), None
        case "pin", "try":
            return _tried(door, now)
        case "pin", digit if len(digit) == 1 and digit in "0123456789":
            return replace(door, typed=(door.typed + digit)[:DIGITS_MAX]), None
        case "staff", "leave" if door.sure:
            return door, Leave()
        case "staff", "leave":
            return replace(door, sure=True), None
        case "staff", "restart":
            return door, Restart()
        case "staff", "test_page":
            return replace(door, sure=False, told="printing"), PrintTest()
        case _:
            return door, None


def checked(door: Door, fits: bool | None, failures: int, now: float) -> Door:
    """The PIN was tried; None: the try could not be counted, so it was none."""
    if door.step != "checking":
        return door
    if fits:
        return Door(step="staff", used_at=now)
    told: Told = "wrong" if fits is False else "not_kept"
    return replace(
        door, step="pin", told=told, used_at=now, wait_until=now + wait_seconds(failures)
    )


def looked(door: Door, now: float) -> Door:
    """Some time has passed: whoever does nothing is not there any more."""
    if door.step != "closed" and now - door.used_at >= IDLE_SECONDS:
        return Door()
    return door


def seconds_to_wait(door: Door, now: float) -> int:
    """Before the next try; 0: now."""
    return max(0, round(door.wait_until - now + 0.499))


def _tried(door: Door, now: float) -> tuple[Door, Effect]:
    if not door.typed:
        return door, None
    if now < door.wait_until:
        return replace(door, typed="", told="wait"), None
    return replace(door, step="checking", typed=""), Check(door.typed)

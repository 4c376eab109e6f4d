"""What is taken, and how to get there: a table. Another picture is another line of it.

A shot begins with a fresh program on a page of its own. Its steps are what somebody does there, by
the words of the catalogue in the language of the picture; `until` is what has to be there before it
is taken.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from shared.protocol import Language

Scene: TypeAlias = Literal["morning", "evening", "away"]
"""At a quarter past ten; after closing; at a quarter past ten, and then the server goes away."""

FULL_HD: Final = (1920, 1080)
UPRIGHT: Final = (1080, 1920)

BOTH: Final[tuple[Language, ...]] = ("zh", "en")


class Touch(Struct, frozen=True):
    """Touch the words of this key. `service`: touch the name of this service instead."""

    key: str = ""
    service: str = ""


class Press(Struct, frozen=True):
    """Press a key, once the words of `when` are there."""

    key: str
    when: str


class SignIn(Struct, frozen=True):
    """As whoever looks on at this terminal."""


class CallNext(Struct, frozen=True):
    """Somebody is called to the spare counter, not here."""


class Serve(Struct, frozen=True):
    """Somebody is served at the spare counter, to the end."""


Step: TypeAlias = Touch | Press | SignIn | CallNext | Serve


class Shot(Struct, frozen=True, kw_only=True):
    """One picture, in each of its languages: NAME.LANGUAGE.png."""

    name: str
    program: str
    until: str
    steps: tuple[Step, ...] = ()
    scene: Scene = "morning"
    size: tuple[int, int] = FULL_HD
    languages: tuple[Language, ...] = BOTH
    settings: dict[str, object] = {}


START: Final = Touch("kiosk.start")

KIOSK: Final = (
    Shot(name="kiosk-welcome", program="kiosk", until="kiosk.start_more"),
    Shot(name="kiosk-services", program="kiosk", steps=(START,), until="kiosk.needs"),
    Shot(
        name="kiosk-needs",
        program="kiosk",
        steps=(Touch("kiosk.care"), Touch("kiosk.needs"), Touch("kiosk.need.low_counter")),
        until="kiosk.chosen",
    ),
    Shot(
        name="kiosk-confirm",
        program="kiosk",
        steps=(START, Touch(service="A")),
        until="kiosk.yes",
        settings={"long_line": 1},
    ),
    Shot(
        name="kiosk-ticket",
        program="kiosk",
        steps=(START, Touch(service="F")),
        until="kiosk.your_number",
    ),
    Shot(
        name="kiosk-large",
        program="kiosk",
        steps=(Touch("kiosk.large"),),
        until="kiosk.other_language",
    ),
    Shot(name="kiosk-closed", program="kiosk", scene="evening", until="kiosk.other_language"),
    Shot(name="kiosk-offline", program="kiosk", scene="away", until="screen.offline"),
    Shot(
        name="kiosk-welcome-upright",
        program="kiosk",
        until="kiosk.start_more",
        size=UPRIGHT,
        languages=("zh",),
    ),
    Shot(
        name="kiosk-ticket-upright",
        program="kiosk",
        steps=(START, Touch(service="W")),
        until="kiosk.your_number",
        size=UPRIGHT,
        languages=("zh",),
    ),
)

DISPLAY: Final = (
    Shot(name="display-call", program="display", steps=(CallNext(),), until="display.last"),
    Shot(
        name="display-upright",
        program="display",
        steps=(CallNext(),),
        until="display.last",
        size=UPRIGHT,
        languages=("zh",),
    ),
)

COUNTER: Final = (
    Shot(name="counter-sign-in", program="counter", until="sign_in.heading"),
    Shot(
        name="counter-called",
        program="counter",
        steps=(CallNext(), SignIn()),
        until="counter.key.start",
    ),
)

RATE: Final = (Shot(name="rate-question", program="rate", steps=(Serve(),), until="rate.question"),)

BOARD: Final = (
    Shot(name="board-line", program="board", steps=(SignIn(),), until="board.tab.counters"),
)

SHOTS: Final[tuple[Shot, ...]] = (*KIOSK, *DISPLAY, *COUNTER, *RATE, *BOARD)

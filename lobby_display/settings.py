"""What may be set for one display, in a small file beside its secret: `docs/display.md`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from lobby_display.voice.settings import VoiceSettings
from shared.protocol import CounterId, Language, ServiceId, Words
from shared.ui.theme import NIGHT


class Slide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text or a picture of the playlist that is shown while nobody is called. The picture is a
    file beside the settings; its heading says in words what it shows."""

    heading: Words
    text: Words = Words()
    picture: str = ""
    seconds: Annotated[int, Meta(ge=5, le=300)] = 15


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every one has a default that suits a bank's hall.

    `counters` and `services` make a zone; `counter` makes the sign above one counter. `languages`
    are shown in turns where a line is shown alone; the first is the screen's own.
    """

    languages: Annotated[tuple[Language, ...], Meta(min_length=1, max_length=2)] = ("zh", "en")
    theme: str = NIGHT
    distance_m: Annotated[float, Meta(ge=1, le=40)] = 5.0
    screen_inches: Annotated[float, Meta(ge=7, le=200)] = 43.0
    lamps: bool = False
    counters: Annotated[tuple[CounterId, ...], Meta(max_length=50)] = ()
    services: Annotated[tuple[ServiceId, ...], Meta(max_length=50)] = ()
    counter: CounterId | None = None
    least_seconds: Annotated[int, Meta(ge=5, le=60)] = 5
    usual_seconds: Annotated[int, Meta(ge=5, le=120)] = 20
    long_seconds: Annotated[int, Meta(ge=15, le=120)] = 45
    turn_seconds: Annotated[int, Meta(ge=5, le=60)] = 10
    voice: VoiceSettings | None = None
    playlist: Annotated[tuple[Slide, ...], Meta(max_length=20)] = ()

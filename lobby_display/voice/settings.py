"""What may be set for the voice of one display: the table `voice` of its file."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from shared.protocol import Language

TimeOfDay: TypeAlias = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Volume: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Decibels: TypeAlias = Annotated[float, Meta(ge=20, le=120)]

LOUD_DBA: Final = 65
OVER_AMBIENT_DB: Final = 20


class VolumeAt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another volume at a time of day; `until` may be past midnight."""

    since: TimeOfDay
    until: TimeOfDay
    volume: Volume


class Measured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the installer's meter showed: the hall without the voice, and the voice at the farthest
    seat of this zone. `docs/display.md` has the sheet."""

    ambient_dba: Decibels
    farthest_dba: Decibels
    on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]

    @property
    def enough(self) -> bool:
        """Whether a call can be heard there."""
        over = self.farthest_dba - self.ambient_dba
        return self.farthest_dba >= LOUD_DBA or over >= OVER_AMBIENT_DB


class VoiceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`player` is a program that plays a WAV file from its input, or `file:FOLDER`, which keeps
    what would be played. The first language is said twice, the second once after it."""

    clips: str = "voice"
    player: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)] = ("aplay", "-q", "-")
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, max_length=2)] = ("zh", "en")
    tail: bool = False
    volume: Volume = 80
    times: Annotated[tuple[VolumeAt, ...], Meta(max_length=12)] = ()
    measured: Measured | None = None


def volume_at(settings: VoiceSettings, time: str) -> int:
    """The volume at a time of day such as "12:30"; the first rule that holds counts."""
    for rule in settings.times:
        within = rule.since <= time < rule.until
        over_midnight = rule.since > rule.until and (time >= rule.since or time < rule.until)
        if within or over_midnight:
            return rule.volume
    return settings.volume

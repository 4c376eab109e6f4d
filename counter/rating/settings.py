"""What may be set for one rating panel, in a small file beside its secret."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.protocol import Language
from shared.ui.theme import CONTRAST

Key = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z_-]+\Z")]
Score = Annotated[int, Meta(ge=1, le=5)]


class DeviceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A panel of its own hardware: at a serial device file, or on the network; see
    docs/rating_panel.md. `keys` says which score a key means, where they are not 1 to 5."""

    file: str = ""
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 4001
    one_is_best: bool = False
    keys: dict[Key, Score] = {}

    def scores(self) -> dict[str, int]:
        """Which score each key means."""
        if self.keys:
            return dict(self.keys)
        return {str(n): 6 - n if self.one_is_best else n for n in range(1, 6)}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every one has a default that suits a counter."""

    language: Language = "zh"
    theme: str = CONTRAST
    speech: Literal["off", "on", "loud"] = "off"
    thanks_seconds: Annotated[int, Meta(ge=2, le=30)] = 5
    device: DeviceSettings | None = None

"""What may be set for one board, in a small file beside its secret."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shared.printing.settings import PrinterSettings
from shared.protocol import Language
from shared.ui.theme import DAY


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every one has a default that suits a desk; a tablet wants `touch`, which makes rows as high
    as a finger. `one_time_code` asks for a second factor, where somebody here has one."""

    language: Language = "zh"
    theme: str = DAY
    touch: bool = False
    one_time_code: bool = False
    ring_seconds: Annotated[int, Meta(ge=0, le=60)] = 5
    printer: PrinterSettings | None = None

"""What may be set for one kiosk, in a small file beside its secret."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from kiosk.measures import ScreenSettings
from shared.printing.settings import PrinterSettings
from shared.protocol import Language
from shared.ui.theme import DAY


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every one has a default that suits a bank's hall."""

    language: Language = "zh"
    theme: str = DAY
    idle_seconds: Annotated[int, Meta(ge=10, le=600)] = 30
    leave_seconds: Annotated[int, Meta(ge=20, le=600)] = 20
    long_line: Annotated[int, Meta(ge=1, le=999)] = 10
    low: bool = False
    screen: ScreenSettings | None = None
    printer: PrinterSettings | None = None

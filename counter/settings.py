"""What may be set for one counter's terminal, in a small file beside its secret."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shared.printing.settings import PrinterSettings
from shared.protocol import Language
from shared.ui.theme import DAY


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every one has a default that suits a bank's counter.

    `lock_minutes` is when a terminal that was started again with somebody signed in locks itself;
    after a sign-in the server's own time holds.
    """

    language: Language = "zh"
    theme: str = DAY
    one_time_code: bool = False
    lock_minutes: Annotated[int, Meta(ge=1, le=120)] = 15
    speech: bool = False
    printer: PrinterSettings | None = None

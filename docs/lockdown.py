"""Fills the gaps of lockdown.md with what the code is built to: sizes, times, the sign, the PIN.

The checklist and the sheet themselves are prose: nothing in the code knows of a building.
"""

from __future__ import annotations

from typing import Final

from docs import services
from kiosk.measures import CAPITAL_MM, GAP_MM, LARGE_CAPITAL_MM, TOUCH_MM
from kiosk.settings import Settings
from shared.common_secrets import PIN_DIGITS_MIN
from shared.ui.staff_exit import DIGITS_MAX, TOUCHES, TOUCHES_SECONDS

REACH_MM: Final = (380, 1220)
FORCE_N: Final = 22.2
"""Of AX-10: from the floor, and with one hand. Measured with a rule, not by a program."""


def gaps() -> dict[str, str]:
    """What stands where in the template."""
    settings = Settings()
    low, high = (f"{mm:,}" for mm in REACH_MM)
    return {
        "idle_seconds": str(settings.idle_seconds),
        "leave_seconds": str(settings.leave_seconds),
        "touches": str(TOUCHES),
        "touches_seconds": f"{TOUCHES_SECONDS:g}",
        "digits": f"{PIN_DIGITS_MIN} to {DIGITS_MAX}",
        "reach_low": low,
        "reach_high": high,
        "force": f"{FORCE_N:g}",
        "key": f"{TOUCH_MM:g} × {TOUCH_MM:g}",
        "gap": f"{GAP_MM:g}",
        "capital": f"{CAPITAL_MM:g}",
        "large_capital": f"{LARGE_CAPITAL_MM:g}",
        "units": "\n".join(
            f"| [lobby-{name}@.service](systemd/lobby-{name}@.service) | {terminal.what} "
            f"| {', '.join(terminal.opens)} |"
            for name, terminal in services.TERMINALS.items()
        ),
    }

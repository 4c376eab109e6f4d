"""What a kiosk loads to start, and what it leaves until somebody has a use for it: what is loaded
stays for good, in a machine of the smallest kind."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ASKED = "import sys, kiosk.program, shared.dialler; print(*sys.modules)"


@pytest.fixture(scope="module")
def loaded():
    """By everything that a kiosk without a printer needs until its welcome, and to dial."""
    told = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True)
    return set(told.stdout.split())


@pytest.mark.parametrize(
    "later",
    [
        "argon2",
        "getpass",
        "kiosk.booking",
        "kiosk.booking_pages",
        "kiosk.papers",
        "kiosk.recovered",
        "shared.config_words",
        "shared.printing.devices",
        "shared.ui.staff_screen",
        "urllib.request",
        "websockets.asyncio.client",
        "websockets.proxy",
    ],
)
def test_a_kiosk_starts_without_what_hardly_any_customer_needs(loaded, later):
    assert {"kiosk.app", "websockets.client", "shared.direct"} <= loaded
    assert later not in loaded

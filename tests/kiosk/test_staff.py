"""Staff behind the kiosk's screen: by touch and by five keys, in both languages."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Paste

from shared.arguments import FINE, LEFT
from shared.i18n import text
from shared.ui.keys import Key
from shared.ui.staff_exit import KEYS, TOUCHES
from shared.ui.staff_pin import StaffPin
from tests.kiosk.one_kiosk import kiosk
from tests.kiosk.test_app import Printer, with_printer
from tests.screens import assert_as_kept, lines_of

PIN = "270941"
SCREENS = Path(__file__).with_name("screens")


@asynccontextmanager
async def guarded(tmp_path, *args, pin=PIN, **options):
    """A kiosk whose staff have chosen a PIN."""
    kept = StaffPin(tmp_path / "lobby-kiosk.pin")
    if pin:
        kept.choose(pin)
    async with kiosk(*args, **options) as one:
        one.app.guard(kept, now=lambda: one.app._monotonic())
        one.pin = kept
        yield one


async def sign(one):
    """The corner is touched as staff know to."""
    for _ in range(TOUCHES):
        await one.tap(1, 1)
    await settled(one)


async def settled(one):
    """Until hashes are made and everything is drawn."""
    await one.settle()
    while any(worker.group == "staff" and not worker.is_finished for worker in one.app.workers):
        await one.pilot.pause()
    await one.settle()


async def type_pin(one, pin=PIN):
    await one.pilot.press(*pin, "enter")
    await settled(one)


async def choose(one, word):
    key = next(key for key in one.app.screen.query(Key) if key.shown.word == word)
    await one.pilot.click(key)
    await settled(one)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_staff_come_in_by_the_corner_and_their_pin(tmp_path, language):
    options = with_printer(Printer())
    options["settings"]["language"] = language
    async with guarded(tmp_path, **options) as one:
        await sign(one)
        await one.pilot.press(*"2709")
        await one.settle()
        assert_as_kept(one.app, SCREENS / f"staff-pin-80x24-{language}.txt")
        await one.pilot.press("backspace")
        await type_pin(one)
        assert_as_kept(one.app, SCREENS / f"staff-80x24-{language}.txt")
        await choose(one, "close")

        assert text(language, "kiosk.start") in one.text()


async def test_staff_come_in_by_five_keys(tmp_path):
    async with guarded(tmp_path) as one:
        await one.press(*KEYS)
        await settled(one)
        await one.press(*["up"] * 3)

        assert text("zh", "staff.ask") in "\n".join(lines_of(one.app))
        assert one.app.screen.focused.shown.word == "9"


async def test_no_digit_is_ever_shown_and_whoever_leaves_the_pad_leaves_nothing(tmp_path):
    async with guarded(tmp_path) as one:
        await sign(one)
        await one.pilot.press(*"270")
        await one.settle()
        shown = "\n".join(lines_of(one.app))
        await one.wait(20)
        gone = one.text()
        await sign(one)

        assert "270" not in shown
        assert shown.count("●") == 3
        assert text("zh", "kiosk.start") in gone
        assert "●" not in "\n".join(lines_of(one.app))


async def test_after_five_wrong_tries_even_the_right_pin_has_to_wait(tmp_path):
    async with guarded(tmp_path) as one:
        await sign(one)
        for _ in range(5):
            await type_pin(one, "111222")
        await type_pin(one)
        shown = "\n".join(lines_of(one.app))
        await one.press("escape")
        await one.wait(30)
        await sign(one)
        await type_pin(one)

        assert text("zh", "staff.wait", seconds=30) in shown
        assert text("zh", "staff.close") in "\n".join(lines_of(one.app))
        assert one.app._door._door.step == "staff"


async def test_a_restart_gains_no_try(tmp_path):
    kept = StaffPin(tmp_path / "lobby-kiosk.pin")
    kept.choose(PIN)
    for _ in range(6):
        kept.fits("111222")
    async with guarded(tmp_path, pin="") as one:
        await sign(one)
        await type_pin(one)

        assert text("zh", "staff.wait", seconds=60) in "\n".join(lines_of(one.app))


async def test_without_a_pin_the_corner_is_a_corner(tmp_path):
    async with guarded(tmp_path, pin="") as one:
        await sign(one)

        assert text("zh", "kiosk.start") in one.text()


@pytest.mark.parametrize(
    ("touches", "code"), [(["restart"], FINE), (["leave", "leave"], LEFT)], ids=["restart", "leave"]
)
async def test_staff_end_the_program_for_a_while_or_for_good(tmp_path, monkeypatch, touches, code):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    async with guarded(tmp_path) as one:
        await sign(one)
        await type_pin(one)
        for word in touches:
            await choose(one, word)

        assert one.app.return_code == code


async def test_a_test_page_is_printed(tmp_path):
    device = Printer()
    async with guarded(tmp_path, **with_printer(device)) as one:
        await sign(one)
        await type_pin(one)
        await choose(one, "test_page")
        await one.settle()

        (paper,) = device.papers
        assert text("zh", "paper.test_page") in paper
        assert "kiosk-1" in paper


async def test_what_is_pasted_on_the_pad_types_nothing(tmp_path):
    async with guarded(tmp_path) as one:
        await sign(one)
        one.app.post_message(Paste(PIN))
        await one.settle()

        assert "●" not in "\n".join(lines_of(one.app))

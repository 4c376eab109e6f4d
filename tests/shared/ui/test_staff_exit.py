"""The way behind the screen: a sign, a PIN, tries that are counted, a page for staff. No screen."""

import getpass
import os
import stat

import pytest

from shared.ui import staff_pin
from shared.ui.staff_exit import (
    CORNER_CELLS,
    IDLE_SECONDS,
    KEYS,
    TOUCHES,
    Check,
    Door,
    Leave,
    PrintTest,
    Restart,
    Signs,
    checked,
    corner_touched,
    key_pressed,
    looked,
    opened,
    seconds_to_wait,
    touched,
    wait_seconds,
)
from shared.ui.staff_pin import StaffPin, weakness

PIN = "270941"


def after_touches(*touches):
    """Whether the last of these (x, y, second) completes the sign."""
    signs, made = Signs(), False
    for x, y, now in touches:
        signs, made = corner_touched(signs, x, y, now)
    return made


def after_keys(keys, seconds_each=0.5):
    signs, made = Signs(), False
    for nth, key in enumerate(keys):
        signs, made = key_pressed(signs, key, nth * seconds_each)
    return made


def after(door, *words, now=0.0):
    effect = None
    for word in words:
        door, effect = touched(door, word, now)
    return door, effect


# --- The sign --------------------------------------------------------------------------------


def test_seven_touches_of_the_corner_within_five_seconds_are_the_sign():
    assert after_touches(*((2, 1, n * 0.6) for n in range(TOUCHES)))
    assert not after_touches(*((2, 1, n * 0.6) for n in range(TOUCHES - 1)))
    assert not after_touches(*((2, 1, n * 1.0) for n in range(20)))


def test_a_touch_elsewhere_ends_what_was_begun():
    corner = [(0, 0, 0.1 * n) for n in range(TOUCHES - 1)]

    assert not after_touches(*corner, (CORNER_CELLS, 0, 0.7), (0, 0, 0.8))


def test_the_five_keys_make_the_sign_too_in_their_order_and_in_time():
    assert after_keys(KEYS)
    assert after_keys(["up", "enter", *KEYS])
    assert not after_keys(KEYS[::-1])
    assert not after_keys(KEYS, seconds_each=2)
    assert not after_keys([*KEYS[:-1], "up"])


# --- The PIN ---------------------------------------------------------------------------------


def test_what_is_typed_is_tried_and_is_nowhere_any_more():
    door, effect = after(opened(0, 0), *PIN, "try")

    assert effect == Check(PIN)
    assert (door.step, door.typed) == ("checking", "")
    assert PIN not in repr(effect)


def test_nothing_typed_is_no_try():
    assert after(opened(0, 0), "try")[1] is None


def test_what_is_typed_can_be_cleared_and_has_an_end():
    assert after(opened(0, 0), *PIN, "erase")[0].typed == ""
    assert len(after(opened(0, 0), *("7" * 40))[0].typed) == 12


def test_the_right_pin_opens_the_page_and_a_wrong_one_does_not():
    door, _ = after(opened(0, 0), *PIN, "try")

    assert checked(door, True, 0, 1).step == "staff"
    assert checked(door, False, 1, 1) == Door(step="pin", told="wrong", used_at=1, wait_until=1)
    assert checked(door, None, 0, 1).told == "not_kept"


def test_whoever_went_away_meanwhile_is_not_let_in():
    assert checked(Door(), True, 0, 1) == Door()


def test_five_wrong_tries_are_free_and_then_the_waits_grow():
    assert [wait_seconds(n) for n in (0, 4, 5, 6, 7, 10, 500)] == [0, 0, 30, 60, 120, 900, 900]


def test_while_one_waits_no_pin_is_tried():
    door = opened(100, 130)
    early, effect = after(door, *PIN, "try", now=110)
    late, tried = after(early, *PIN, "try", now=130)

    assert (early.told, early.typed, effect) == ("wait", "", None)
    assert seconds_to_wait(door, 110) == 20
    assert tried == Check(PIN)
    assert late.step == "checking"


@pytest.mark.parametrize("step", ["pin", "staff"])
def test_whoever_does_nothing_is_forgotten(step):
    door = Door(step=step, typed="123", used_at=10)

    assert looked(door, 10 + IDLE_SECONDS - 1) == door
    assert looked(door, 10 + IDLE_SECONDS) == Door()


# --- The page --------------------------------------------------------------------------------


def test_to_end_the_program_has_to_be_meant():
    door, once = after(Door(step="staff"), "leave")
    _, twice = after(door, "leave")
    _, between = after(door, "test_page", "leave")

    assert (once, twice, between) == (None, Leave(), None)


def test_the_page_starts_again_prints_and_closes():
    inside = Door(step="staff")

    assert after(inside, "restart")[1] == Restart()
    assert after(inside, "test_page")[1] == PrintTest()
    assert after(inside, "close")[0] == Door()


@pytest.mark.parametrize("step", ["closed", "pin", "checking"])
@pytest.mark.parametrize("word", ["leave", "restart", "test_page"])
def test_without_the_pin_nothing_of_the_page_does_anything(step, word):
    door, effect = after(Door(step=step), word, word)

    assert (door.step, effect) == (step, None)


# --- The file --------------------------------------------------------------------------------


@pytest.fixture
def pin(tmp_path):
    kept = StaffPin(tmp_path / "lobby-kiosk.pin")
    kept.choose(PIN)
    return kept


def test_the_file_holds_a_hash_and_is_for_its_user_alone(pin, tmp_path):
    file = tmp_path / "lobby-kiosk.pin"

    assert b"$argon2id$" in file.read_bytes()
    assert PIN.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_wrong_tries_are_counted_over_a_restart_and_forgotten_after_a_right_one(pin, tmp_path):
    tries = [pin.fits("111222") for _ in range(3)]
    after_restart = StaffPin(tmp_path / "lobby-kiosk.pin")

    assert tries == [False] * 3
    assert after_restart.failures() == 3
    assert after_restart.fits(PIN) is True
    assert after_restart.failures() == 0


def test_a_try_is_counted_before_it_is_looked_at(pin, monkeypatch):
    counted = []

    def verified(*_):
        counted.append(pin.failures())
        return True

    monkeypatch.setattr(staff_pin, "_verified", verified)

    pin.fits(PIN)

    assert counted == [1]


def test_where_no_try_can_be_counted_none_is_made(pin, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(staff_pin, "write_private", full)

    assert pin.fits(PIN) is None


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"hash": 5}'])
def test_without_a_pin_that_can_be_read_nobody_comes_in(tmp_path, content):
    file = tmp_path / "lobby-kiosk.pin"
    if content is not None:
        file.write_bytes(content)

    assert StaffPin(file).failures() is None
    assert StaffPin(file).fits(PIN) is None


def test_a_hash_that_is_none_fits_nothing(tmp_path):
    file = tmp_path / "lobby-kiosk.pin"
    file.write_text('{"hash": "nothing"}')

    assert StaffPin(file).fits(PIN) is False


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        (PIN, ""),
        ("27094", "length"),
        ("2709412709412", "length"),
        ("27o941", "not_digits"),
        ("", "not_digits"),
        ("٢٧٠٩٤١", "not_digits"),
        ("123456", "common"),
        ("345678", "common"),
        ("890123", "common"),
        ("765432", "common"),
        ("777777", "common"),
        ("5201314", "common"),
    ],
)
def test_a_pin_that_is_found_by_trying_is_not_taken(chosen, why):
    assert weakness(chosen) == (f"staff.pin.{why}" if why else "")


def typing(monkeypatch, *lines):
    answers = iter(lines)
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(answers))


def test_a_pin_is_chosen_by_typing_it_twice(tmp_path, monkeypatch, capsys):
    file = tmp_path / "lobby-kiosk.pin"
    typing(monkeypatch, PIN, PIN)

    assert staff_pin.set_by_hand(file) == 0
    assert StaffPin(file).fits(PIN) is True
    assert PIN not in "".join(capsys.readouterr())


@pytest.mark.parametrize("lines", [("123456",), (PIN, "270942"), ("",)])
def test_a_pin_that_will_not_do_changes_nothing(tmp_path, monkeypatch, lines):
    file = tmp_path / "lobby-kiosk.pin"
    typing(monkeypatch, *lines)

    assert staff_pin.set_by_hand(file) == 1
    assert os.listdir(tmp_path) == []

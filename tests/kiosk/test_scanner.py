"""What is typed at the kiosk: by a person at a keypad, or by a reader of QR codes."""

import pytest

from kiosk.page import Page
from kiosk.scanner import SCANNED_MAX, Heard, heard

LINK = "https://lobby.example/a/qr12"
PLAIN = Page(name="services", heading="")
WELCOME = Page(name="welcome", heading="", scans=True)
CODE = Page(name="code", heading="", scans=True, pad="digits")
NAME = Page(name="name", heading="", pad="letters")
BOUND = frozenset({"r", "q", "*", "#", "?", " "})
NAMES = {"\r": "enter", "\b": "backspace", " ": "space"}


def words(page, typed):
    """The touches that these keys mean, in order; None: a key as always."""
    so_far, touches = Heard(), []
    for character in typed:
        key = NAMES.get(character, character)
        so_far, word = heard(so_far, key, character, page, bound=character in BOUND)
        touches.append(word)
    return touches


@pytest.mark.parametrize("page", [WELCOME, CODE])
def test_a_code_that_is_read_is_one_touch_however_many_keys_it_has(page):
    assert words(page, LINK + "\r") == [""] * len(LINK) + [f"scan:{LINK}"]


def test_digits_that_are_typed_are_keys_of_the_keypad_and_enter_ends_them():
    assert words(CODE, "12\b3\r") == ["key:1", "key:2", "key:erase", "key:3", "ok"]


def test_enter_means_what_is_marked_where_nothing_was_typed():
    assert words(CODE, "\r") == [None]
    assert words(WELCOME, "hm\r") == ["", "", None]


def test_a_key_with_a_meaning_of_its_own_keeps_it():
    assert words(WELCOME, "r*") == [None, None]
    assert words(CODE, "r?1") == [None, None, "key:1"]


def test_letters_are_typed_with_spaces_between_them():
    assert words(NAME, " ") == [None]
    assert words(NAME, "Li qr\b") == ["key:L", "key:i", "key: ", "key:q", "key:r", "key:erase"]


def test_keys_mean_nothing_where_nothing_is_typed():
    assert words(PLAIN, "h7\b") == [None, None, None]


def test_an_arrow_between_two_digits_ends_what_was_typed():
    so_far, _ = heard(Heard(), "1", "1", CODE, bound=False)

    so_far, word = heard(so_far, "down", "", CODE, bound=True)

    assert (so_far, word) == (Heard(), None)


def test_what_goes_on_for_ever_is_let_go():
    so_far = Heard()
    for _ in range(SCANNED_MAX + 50):
        so_far, _ = heard(so_far, "x", "x", WELCOME, bound=False)

    assert len(so_far.line) == SCANNED_MAX

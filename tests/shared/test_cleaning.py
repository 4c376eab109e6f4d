"""Text from outside comes out harmless, in one line, within its cells, and otherwise as it was."""

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from shared.cleaning import (
    LOOKED_AT_MORE,
    LOOKED_AT_PER_CELL,
    MARKS_MAX,
    characters,
    clean_text,
    redact_digits,
)

WIDE_ENOUGH = 200
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ACUTE = "\u0301"

# A text, and what is left of it when there is room.
CORPUS = {
    "markup": ("[bold]x", "[bold]x"),
    "closing markup": ("[/]", "[/]"),
    "half a closing markup": ("[/", "[/"),
    "an action": ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    "a link": ("[link='http://evil']x", "[link='http://evil']x"),
    "markup that no escape stops": ("[type=x, v={'a[0]'}]", "[type=x, v={'a[0]'}]"),
    "a colour": ("[$accent]", "[$accent]"),
    "an escaped bracket": ("\\[", "\\["),
    "a window title": ("\x1b]0;t\x07", "]0;t"),
    "the clipboard": ("\x1b]52;c;aGk=\x07", "]52;c;aGk="),
    "clear the screen": ("\x1b[2J", "[2J"),
    "where is the cursor": ("\x1b[6n", "[6n"),
    "a colour in one byte": ("\x9b31m", "31m"),
    "from right to left": ("\u202eabc\u202c \u2066x\u2069", "abc x"),
    "a tower of marks": ("z" + ACUTE * 200, "ź" + ACUTE * MARKS_MAX),
    "four megabytes": ("W" * 4_000_000, "W" * WIDE_ENOUGH),
    "a zero within a name": ("张\u0000三", "张三"),
    "half a character": ("\ud800x\udfff", "x"),
    "an image": ("<img onerror>", "<img onerror>"),
    "a formula": ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
    "a statement": ("'; DROP TABLE", "'; DROP TABLE"),
    "cut the paper": ("\x1b@\x1dV\x00", "@V"),
    "full-width digits": ("１３８０", "１３８０"),
    "a rare character": ("𠮷野家", "𠮷野家"),
    "a family": (FAMILY, FAMILY),
    "a byte order mark": ("\ufeff王", "王"),
    "lines": ("one\r\ntwo\tthree\u2028four\u3000five", "one two three four five"),
    "only white space": (" \n\u00a0 ", ""),
    "characters nobody has assigned": ("a\U0010ffff\ue000b", "ab"),
    "letters and marks apart": ("e\u0301a\u200b\u0308", "éä"),
    "a mark with nothing to stand on": (ACUTE + " " + ACUTE + "a", "a"),
    "joiners that join nothing": ("a\u200db👨\u200d\u200dc\u200d", "ab👨c"),
    "a doubled joiner": ("👨\u200d\u200d👩", "👨\u200d👩"),
}


def has_only_what_may_be_shown(text):
    codes = [ord(char) for char in text]
    assert not [code for code in codes if code < 0x20 or 0x7F <= code < 0xA0]
    assert {unicodedata.category(char) for char in text if char != "\u200d"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert text == text.strip()
    assert "  " not in text
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(rf"[\u0300-\u036f]{{{MARKS_MAX + 1}}}", text)
    text.encode()


# --- The corpus ------------------------------------------------------------------------------


@pytest.mark.parametrize(("dirty", "clean"), CORPUS.values(), ids=CORPUS)
def test_what_harms_is_gone_and_the_rest_is_as_it_was(dirty, clean):
    assert clean_text(dirty, WIDE_ENOUGH) == clean
    has_only_what_may_be_shown(clean)


@pytest.mark.parametrize("max_cells", [0, 1, 2, 3, 7, 20])
@pytest.mark.parametrize("dirty", [dirty for dirty, _ in CORPUS.values()], ids=CORPUS)
def test_nothing_is_wider_than_its_room(dirty, max_cells):
    clean = clean_text(dirty, max_cells)

    assert cell_len(clean) <= max_cells
    has_only_what_may_be_shown(clean)
    assert clean_text(clean, max_cells) == clean


# --- Any text --------------------------------------------------------------------------------

TRICKY = st.text(
    st.sampled_from(
        "ab é王カ한각ᄀᆞ१ि\u0301\u0308\u0323\u093f\u200d\u200b\u202e\ufe0f\u20e3"
        "\x00\x1b\n\x85\u2028\u3000"
        "👨👩🏽🏳🌈❤✈©↔🇨🇳☰\U0001d15e\U0001d360\ud800\ue000１…"
    )
)
ANY = st.one_of(st.text(), TRICKY, st.lists(st.one_of(st.text(max_size=3), TRICKY)).map("".join))


@given(text=ANY, max_cells=st.integers(0, 40))
@example(text="👨\u200d\u0301👩", max_cells=9)
@example(text="e\u200d\u0301", max_cells=9)
@example(text="  \u0301👨🏽\u200d🌈x", max_cells=4)
@example(text="\U0001d15e\u200d👨", max_cells=9)
def test_any_text_comes_out_clean_narrow_enough_and_stays_so(text, max_cells):
    clean = clean_text(text, max_cells)

    has_only_what_may_be_shown(clean)
    assert cell_len(clean) <= max_cells
    assert clean_text(clean, max_cells) == clean


@given(text=ANY, max_cells=st.integers(0, 40))
def test_less_room_shows_the_beginning_of_what_more_room_shows(text, max_cells):
    assert clean_text(text, 400).startswith(clean_text(text, max_cells))


@given(st.text(st.characters(categories=["L", "N", "P"], max_codepoint=0x02AF)))
def test_ordinary_text_is_left_alone(text):
    assert clean_text(text, 400) == unicodedata.normalize("NFC", text)


def test_no_terminal_draws_a_character_wider_than_it_is_counted():
    """Held against another table of widths, of a newer Unicode than Python's."""
    too_wide = []
    for code in range(0x110000):
        clean = clean_text(chr(code), 2)
        if clean and cell_len(clean) > 1 and clean_text(chr(code), 1):
            too_wide.append(hex(code))

    assert too_wide == []


# --- Where it is cut -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "character",
    [FAMILY, "🏳️\u200d🌈", "👍🏽", "🇨🇳", "❤️", "1️⃣", "e" + ACUTE * 3, "각", "ᄀᆞ", "क्षि"[:2], "王"],
)
def test_what_is_seen_as_one_character_is_shown_wholly_or_not_at_all(character):
    whole = unicodedata.normalize("NFC", character)

    shown = {clean_text(character, cells) for cells in range(12)}

    assert shown == {"", whole}
    assert characters(f"x{character}x") == ["x", character, "x"]


def test_two_flags_are_two_characters():
    assert clean_text("🇨🇳🇩🇪", 3) == "🇨🇳"
    assert characters("🇨🇳🇩🇪") == ["🇨🇳", "🇩🇪"]


def test_a_wide_character_that_only_half_fits_is_left_out():
    assert clean_text("王小明", 5) == "王小"
    assert clean_text("a王b", 2) == "a"


def test_a_cut_leaves_no_space_at_its_end():
    assert clean_text("one two", 4) == "one"
    assert clean_text("王 明", 3) == "王"


def test_of_a_long_text_only_as_much_is_looked_at_as_could_be_shown():
    cells = 30
    looked_at = LOOKED_AT_PER_CELL * cells + LOOKED_AT_MORE

    assert clean_text("\x00" * (looked_at - 1) + "ab", cells) == "a"
    assert clean_text(" " * LOOKED_AT_MORE + "ab", cells) == "ab"


@pytest.mark.parametrize("junk", ["W", "\x00", ACUTE, "👨\u200d", "\x1b[2J", " "])
def test_megabytes_cost_no_more_than_lines(junk):
    """Bounded work, held to a generous hundredth of a second on a busy machine."""
    text = junk * (4_000_000 // len(junk))

    began = time.thread_time()
    clean_text(text, 60)

    assert time.thread_time() - began < 0.01


# --- Digits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call 13800138000 now", "call … now"),
        ("138-0013-8000", "…"),
        ("138 0013 8000, thanks", "…, thanks"),
        ("+86 (10) 1234.5678", "+…"),
        ("１３８００１３８０００", "…"),
        ("电话一三八〇〇一三八〇〇〇谢谢", "电话…谢谢"),
        ("①②③④⑤⑥", "…"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣", "…\ufe0f\u20e3"),
        ("6222 0212 3456 7890 123", "…"),
        ("11010519491231002X", "…X"),
        ("waited 45 minutes at counter 12345", "waited 45 minutes at counter 12345"),
        ("1 of 2, then 3 more", "1 of 2, then 3 more"),
        ("", ""),
    ],
)
def test_long_numbers_are_taken_out_of_free_text(text, left):
    assert redact_digits(text) == left


def test_a_digit_in_any_common_writing_is_a_digit():
    missed = [
        hex(code)
        for code in range(0x3000)
        if unicodedata.digit(chr(code), None) is not None and redact_digits(chr(code) * 6) != "…"
    ]

    # Ethiopic and New Tai Lue: nobody here writes telephone numbers in them.
    assert missed == [*[hex(code) for code in range(0x1369, 0x1372)], "0x19da"]


@given(ANY)
def test_nothing_is_left_to_take_out(text):
    redacted = redact_digits(clean_text(text, 200))

    assert redact_digits(redacted) == redacted
    assert not re.search(r"\d{6}", redacted)
    assert clean_text(redacted, 200) == redacted

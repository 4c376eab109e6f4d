"""Big letters: every size lines up, every letter is there, Chinese comes out right."""

import pytest

from shared.i18n import LANGUAGES, catalogue
from shared.ui.glyphs import BLOCKS, HANZI, LATIN, big, has_drawing, rows_that_fit, width_of

NUMBERS = [
    f"{series}{n}" for series in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for n in ("007", "123", "4689")
]


@pytest.mark.parametrize("rows", range(3, 29))
def test_a_number_is_as_high_as_asked_and_all_its_lines_are_as_wide_as_the_first(rows):
    for number in NUMBERS:
        lines = big(number, rows)
        assert len(lines) == rows
        assert len({len(line) for line in lines}) == 1
        assert set("".join(lines)) <= set(BLOCKS)


def test_a_number_that_begins_with_q_stands_on_the_line_and_is_no_o():
    for rows in range(3, 29):
        assert big("Q", rows) != big("O", rows)

    assert big("Q", 7) == [
        " ▄▄█████▄  ",
        "▄██▀   ███ ",
        "██      ██ ",
        "██▄     ██ ",
        " ██▄▄▄▄██▀ ",
        "  ▀▀███▀   ",
        "     ▀▀████",
    ]


def test_the_digit_seven_looks_like_one():
    assert big("7", 4) == [
        "▀▀▀▀█",
        "   █ ",
        "  ██ ",
        "  █  ",
    ]


def test_a_chinese_character_is_drawn_in_a_square_and_larger_ones_in_larger_squares():
    small, large = big("号", 8), big("号", 16)

    assert (len(small), len(small[0])) == (8, 16)
    assert (len(large), len(large[0])) == (16, 32)


def test_letters_beside_chinese_stand_on_its_middle():
    beside = big("3号", 8)

    assert len(beside) == 8
    assert beside[0][:9].strip() == ""
    assert beside[7][:9].strip() == ""


def test_everything_that_the_catalogues_could_want_in_big_letters_can_be_drawn():
    for language in LANGUAGES:
        for key, sentence in catalogue(language).items():
            if key.startswith(("screen.", "lane.", "need.", "counter_state.")):
                plain = sentence.replace("{", "").replace("}", "").replace("_", "")
                missing = {c for c in plain if not has_drawing(c)} - set(";,'（）()")
                assert not missing, (key, missing)


def test_words_are_as_large_as_there_is_room():
    rows = rows_that_fit("A083", 40, rows_max=20)

    assert width_of("A083", rows) <= 40 < width_of("A083", rows + 1)
    assert rows_that_fit("A083", 5, rows_max=20) == 0
    assert rows_that_fit("A083", 400, rows_max=7) == 7


def test_what_has_no_drawing_is_known_before():
    assert has_drawing("A083 3号窗口")
    assert not has_drawing("☺")


def test_the_drawings_keep_the_notice_of_their_font():
    notice = LATIN.with_name("glyphs_notice.txt").read_text(encoding="utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in notice
    assert LATIN.name in notice
    assert HANZI.name in notice

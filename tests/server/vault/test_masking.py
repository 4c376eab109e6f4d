"""How much of a name or a number the many screens show that need not know it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.vault.masking import DIGITS_HIDDEN, HIDDEN, mask, mask_name, mask_phone
from server.vault.phones import is_phone, normal_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王", "*"),
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("阿卜杜拉买买提", "阿***提"),
        ("王 小 明", "王*明"),
        ("𠮷田", "𠮷*"),
        ("김민수", "김*수"),
        ("王 Bob", "王**b"),
        ("J", "*"),
        ("Li", "L***"),
        ("John Smith", "J*** S***"),
        ("María del Mar", "M*** d*** M***"),
        ("A B C D E", "A*** B*** C***"),
        ("Zoe\u0301 X", "Z*** X***"),
        ("e\u0301\u0323lan", "e\u0301\u0323***"),
        ("", ""),
    ],
)
def test_a_name_shows_where_it_begins(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800131234", "138****1234"),
        ("138 0013 1234", "138****1234"),
        ("+86 138-0013-1234", "138****1234"),
        ("0086 13800131234", "138****1234"),
        ("１３８００１３１２３４", "138****1234"),
        ("010-12345678", "010****5678"),
        ("(0755) 8765 4321", "075****4321"),
        ("+86 10 1234 5678", "010****5678"),
        ("400-810-8888", "****8888"),
        ("87654321", "****4321"),
        ("7654321", "****21"),
        ("654321", "****21"),
        ("12345", "****"),
        ("110", "****"),
        ("+44 7911 123456", "+44****3456"),
        ("+1 (415) 555-0123", "+1****0123"),
        ("+65 6123 4567", "+65****4567"),
        ("+852 1234", "****34"),
        ("no telephone", HIDDEN),
    ],
)
def test_a_number_shows_enough_to_be_recognised_by_its_owner(phone, shown):
    assert mask_phone(phone) == shown


@given(st.text("0123456789+- ()", max_size=25))
def test_of_every_number_enough_digits_are_hidden(phone):
    digits = normal_phone(phone).removeprefix("+")
    shown = [char for char in mask_phone(phone) if char.isdecimal()]

    assert not shown or len(digits) - len(shown) >= DIGITS_HIDDEN


@given(st.text(max_size=30), st.sampled_from(["name", "phone", "note", "form.amount"]))
def test_no_mask_shows_the_value_itself(value, field):
    shown = mask(field, value)

    assert shown != value or value in ("", "*", HIDDEN) or not value.strip("*… ")


def test_of_anything_else_nothing_is_shown():
    assert mask("note", "王小明 13800131234") == HIDDEN
    assert mask("form.amount", "50000") == HIDDEN
    assert mask("note", "") == ""


# --- Numbers that are the same ---------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "13800131234",
        "138-0013-1234",
        " 138 0013 1234 ",
        "+8613800131234",
        "+86 (138) 0013.1234",
        "8613800131234",
        "0086-138-0013-1234",
        "＋８６１３８００１３１２３４",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written):
    assert normal_phone(written) == "13800131234"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("010 1234 5678", "01012345678"),
        ("+86 10 1234 5678", "01012345678"),
        ("+86 (0)10 1234 5678", "01012345678"),
        ("+86 400 810 8888", "4008108888"),
        ("00 44 7911 123456", "+447911123456"),
        ("+44 7911 123456", "+447911123456"),
        ("86543210", "86543210"),
        ("+86", ""),
        ("+", ""),
        ("none", ""),
    ],
)
def test_other_numbers_keep_what_tells_them_apart(written, normal):
    assert normal_phone(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "13800131234",
        "+86 (138) 0013-1234",
        "＋８６１３８００１３１２３４",
        "8654 3210",
        "+44 7911 123456",
    ],
)
def test_what_is_a_number_and_nothing_else_is_a_telephone_number(written):
    assert is_phone(written)


@pytest.mark.parametrize(
    "written",
    ["", "123456", "1" * 16, "王 13800131234", "13800131234 ext 2", "+", "\x1b13800131234", "none"],
)
def test_too_short_too_long_or_with_words_is_no_telephone_number(written):
    assert not is_phone(written)

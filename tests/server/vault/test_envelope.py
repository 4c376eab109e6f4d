"""One value sealed: read with its key in its place, and otherwise never."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.vault.envelope import LENGTHS, key_of, seal, unseal
from server.vault.errors import KeyMissing, NotAsSealed, VaultError
from server.vault.keys import Keys
from shared.cleaning import clean_text

PLACE = ("main", "visit:1", "name")
KEY, OTHER = bytes(range(32)), bytes(32)
CLEAR, KEYED = Keys(), Keys([KEY])


def nonces():
    return (n.to_bytes(12) for n in itertools.count(1)).__next__


def sealed(keys, text="王小明", place=PLACE):
    return seal(keys, place, text, nonces())


@pytest.mark.parametrize("keys", [CLEAR, KEYED], ids=["clear", "keyed"])
@given(text=st.text().map(lambda text: clean_text(text, 190)))
def test_a_value_is_read_as_it_was_written(keys, text):
    assert unseal(keys, PLACE, sealed(keys, text)) == text


@pytest.mark.parametrize("keys", [CLEAR, KEYED], ids=["clear", "keyed"])
@pytest.mark.parametrize(
    "place",
    [("west", "visit:1", "name"), ("main", "visit:2", "name"), ("main", "visit:1", "note")],
)
def test_a_value_in_another_ones_place_is_refused(keys, place):
    with pytest.raises(NotAsSealed, match=place[2]):
        unseal(keys, place, sealed(keys))


def test_no_two_places_look_alike():
    with pytest.raises(NotAsSealed):
        unseal(CLEAR, ("ma", "invisit:1", "name"), sealed(CLEAR))


@pytest.mark.parametrize("keys", [CLEAR, KEYED], ids=["clear", "keyed"])
def test_one_changed_bit_anywhere_is_found(keys):
    value = sealed(keys)

    for at in range(len(value)):
        changed = bytearray(value)
        changed[at] ^= 1
        with pytest.raises(VaultError):
            unseal(keys, PLACE, bytes(changed))


@given(st.binary(max_size=200))
def test_bytes_that_nobody_sealed_are_refused_and_nothing_worse(value):
    for keys in (CLEAR, KEYED):
        with pytest.raises(VaultError):
            unseal(keys, PLACE, value)


def test_a_missing_key_is_named_and_another_one_does_not_do():
    value = sealed(KEYED)

    for keys in (CLEAR, Keys([OTHER])):
        with pytest.raises(KeyMissing) as missing:
            unseal(keys, PLACE, value)
        assert missing.value.key_id == key_of(value)
        assert key_of(value) in str(missing.value)


def test_an_old_key_still_opens_what_it_sealed_and_clear_text_stays_readable():
    both = Keys([OTHER, KEY])

    assert unseal(both, PLACE, sealed(KEYED)) == "王小明"
    assert unseal(both, PLACE, sealed(CLEAR)) == "王小明"
    assert key_of(sealed(both)) == key_of(sealed(Keys([OTHER]))) != key_of(sealed(KEYED))
    assert key_of(sealed(CLEAR)) == ""


def test_a_sealed_value_shows_neither_its_text_nor_how_long_it_is():
    short, long = sealed(KEYED, "王"), sealed(KEYED, "阿卜杜拉买买提")

    assert len(short) == len(long)
    assert "王".encode() not in short
    assert {len(sealed(KEYED, "x" * n)) for n in range(3841)} == {n + 37 for n in LENGTHS}


def test_the_same_text_is_never_sealed_alike_twice():
    draw = nonces()

    values = {seal(KEYED, PLACE, "王小明", draw) for _ in range(100)}

    assert len(values) == 100


def test_what_was_not_cleaned_or_cut_is_a_bug():
    for text in ("a\x00b", "x" * 3841):
        with pytest.raises(AssertionError):
            sealed(CLEAR, text)


def test_the_format_never_changes():
    """Values sealed years ago must still open: these bytes may not be edited."""
    keyed = (
        "01c608f34a6788fe25000000000000000000000001622993e82a1eda3c2c70f983de71f74ca831454340ac4e"
        "eb5fb69d741db728666eb880e8d4b08d40935c0fdbbb79e8bb338c3eac9ed3f95a35e1cd9206027a9b39e3d0"
        "8e8c2c6eadb298c55fd507c541"
    )
    clear = "王小明".encode().ljust(64, b"\x00") + bytes.fromhex("fe046707b7bbc69e")

    assert unseal(KEYED, PLACE, bytes.fromhex(keyed)) == "王小明"
    assert unseal(CLEAR, PLACE, b"\x00" + clear) == "王小明"
    assert (KEYED.handle("13800131234").hex(), CLEAR.handle("13800131234").hex()) == (
        "27be",
        "cf0e",
    )

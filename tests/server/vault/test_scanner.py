"""Whatever is planted is found, and nothing that a journal is full of is taken for it."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.views import build
from server.journal.contract import Snapshot
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from server.loading import SCHEMA, snapshot_of
from server.vault.scanner import HITS_MAX, scan
from shared.protocol import encode
from tests.random_days.random_day import RandomDay, seeded

MOBILE, IDENTITY, CARD = "13800131234", "11010519491231002X", "6222021234567890128"
FEEDS = ("KioskView", "DisplayView", "BoardView", "CounterView:1", "TicketView:1")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def kinds(text, values=()):
    return [hit.kind for hit in scan([text], values)]


def with_luhn_digit(digits):
    return next(f"{digits}{n}" for n in range(10) if luhn(f"{digits}{n}"))


def luhn(digits):
    """From the definition, digit by digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def identity(region, year, month, day, n):
    """With the check digit as the standard's table gives it."""
    digits = f"{region}{year}{month:02}{day:02}{n:03}"
    rest = sum(w * int(digit) for w, digit in zip(WEIGHTS, digits, strict=True)) % 11
    return digits + "10X98765432"[rest]


MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
IDENTITIES = st.builds(
    identity,
    st.integers(110000, 659000),
    st.integers(1900, 2026),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 999),
)
CARDS = st.one_of(
    st.from_regex(r"\A(62|4[0-9]|5[1-5]|9558|81)[0-9]{13}\Z", alphabet="0123456789"),
    st.from_regex(r"\A62[0-9]{14,16}\Z"),
    st.from_regex(r"\A3[47][0-9]{12}\Z"),
    st.from_regex(r"\A36[0-9]{11}\Z"),
    st.from_regex(r"\A4[0-9]{11}\Z"),
).map(with_luhn_digit)
BESIDE = (
    *(
        "",
        "电话",
        "，",
        ",",
        '"',
        " ",
        "\n",
        "(",
        "}",
        "tel:",
        "phone",
        "no. ",
        "é",
        "x-",
        "=",
        "/",
    ),
    *("\x00", "\x01name", "a:", "谢,", "[", "1,", '":'),
)


# --- Found -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (MOBILE, "mobile"),
        ("138 0013 1234", "mobile"),
        ("138-0013-1234", "mobile"),
        ("+8613800131234", "mobile"),
        ("+86 138 0013 1234", "mobile"),
        ("008613800131234", "mobile"),
        ("013800131234", "mobile"),
        ("１３８００１３１２３４", "mobile"),
        ('{"phone":"13800131234"}', "mobile"),
        ('{"phone":13800131234}', "mobile"),
        ("我是王,13800131234谢谢", "mobile"),
        (IDENTITY, "identity"),
        (IDENTITY.lower(), "identity"),
        ("id110105194912310038", "identity"),
        (CARD, "card"),
        ("6222 0212 3456 7890 128", "card"),
        ("4111-1111-1111-1111", "card"),
        ("378282246310005", "card"),
        ("30569309025904", "card"),
        ("4222222222222", "card"),
    ],
)
def test_the_numbers_of_a_person_are_known_by_their_shape(text, kind):
    assert kinds(text) == [kind]


@given(st.one_of(MOBILES, IDENTITIES, CARDS))
def test_every_planted_number_is_found(number):
    hits = scan([f"a {number}"])

    assert hits
    assert hits[0].at == 2
    assert number.startswith(hits[0].shown.removesuffix("…"))


@pytest.mark.parametrize("number", [MOBILE, IDENTITY, CARD])
def test_a_number_is_found_whatever_stands_beside_it(number):
    missed = [
        (before, behind)
        for before in BESIDE
        for behind in (*BESIDE, "]", ',"', ",1")
        if not behind.startswith("1") and not scan([f"{before}{number}{behind}"])
    ]

    # As in a database where a bare number of JSON goes on elsewhere: see below.
    cut = [(before, behind) for before in ("[", "1,", '":') for behind in ("\x00", "\x01name")]
    cut += [("\x00", behind) for behind in ("}", "]", ',"', ",1")]
    assert sorted(missed) == (sorted(cut) if number == MOBILE else [])


def test_a_piece_of_an_instant_on_another_page_is_no_mobile_number():
    assert scan([b'{"at":17954597216\x00\x00\x03\xff00,"x":1}']) == []
    assert scan([b'{"at":17\x00\x00\x03\xff15459721600,"x":1}']) == []
    assert scan([b'{"at":[1,17954597216\xff']) == []


@given(
    filling=st.integers(0, 900),
    numbers=st.lists(st.one_of(MOBILES, IDENTITIES, CARDS), min_size=1, max_size=6),
    size=st.integers(1, 700),
    as_bytes=st.booleans(),
)
def test_a_number_is_found_once_however_the_text_is_cut_up(filling, numbers, size, as_bytes):
    text = "".join(f"{'张三' * (filling + n)}\n{number}，" for n, number in enumerate(numbers))
    whole = text.encode() if as_bytes else text
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]

    assert scan(pieces) == scan([text])
    assert {hit.at for hit in scan(pieces)} >= {text.index(f"\n{n}，") + 1 for n in numbers}


@pytest.mark.parametrize(
    "written",
    [
        "王小明",
        '{"name":"王小明"}',
        '{"name":"\\u738b\\u5c0f\\u660e"}',
        "/q?n=%E7%8E%8B%E5%B0%8F%E6%98%8E",
    ],
)
def test_given_values_are_found_however_programs_write_them(written):
    assert kinds(written, ["李四", "王小明"]) == ["value"]
    assert kinds(written, ["李四"]) == []


def test_a_long_value_is_found_across_pieces():
    value = "一句很长的话" * 60
    text = "x" * 700 + value + "y" * 700

    assert [hit.at for hit in scan([text[n : n + 50] for n in range(0, 1900, 50)], [value])] == [
        700
    ]


def test_no_more_is_told_than_anyone_would_read():
    assert len(scan([f"{MOBILE}\n" * (2 * HITS_MAX)])) == HITS_MAX


def test_a_hit_does_not_repeat_what_must_not_be_there():
    hits = scan([f"{MOBILE} 王小明 {IDENTITY}"], ["王小明"])

    assert [hit.shown for hit in hits] == ["138…", "王…", "1101…"]


# --- Not found -------------------------------------------------------------------------------


def test_no_instant_is_taken_for_a_card():
    """A tenth of all instants in ms has the right check digit."""
    chance = random.Random(1)
    instants = [chance.randrange(1_500_000_000_000, 2_000_000_000_000) for _ in range(20_000)]

    assert sum(luhn(str(at)) for at in instants) > 1000
    assert (
        scan([f'{{"at":{at},"x":{at}000}}\n{at}000000' for at in [1794790800000, *instants]]) == []
    )


def test_no_id_and_no_hash_is_taken_for_a_number():
    hashes = [sha256(str(n).encode()).hexdigest() for n in range(30_000)]
    ids = [hash_[:32] for hash_ in hashes]

    assert scan(f'"{text}",' for text in [*hashes, *ids]) == []


@pytest.mark.parametrize(
    "text",
    [
        "12800131234",
        "138001312345",
        "1380013123",
        "110105194912310021",
        "110105194913310024",
        "6222021234567890129",
        "7992739871300003",
        "2026-11-16 09:00:00.123",
        "20261116090000",
        "2026111609000012",
        "0.3333333333333333",
        "12.4111111111111111",
        "9007199254740991",
        "00000000000000000000000000000012",
        "command-000000000012",
        "192.168.100.200:8470",
        "1.0.0.13800131234567",
    ],
)
def test_what_only_looks_long_is_nobodys(text):
    assert kinds(text) == []


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_looked_through(content):
    scan([content], ["王小明"])


# --- A journal -------------------------------------------------------------------------------


async def written(path, seeds):
    """Random days in a file, their snapshots, and what their screens showed at the end."""
    journal, views = await open_sqlite(path), []
    for n in seeds:
        day, branch = RandomDay(seeded(n)[0]), f"branch-{n}"
        for step in day.play(seeded(n)[1]):
            seq = (await journal.head(branch)).seq
            if step.events:
                entries = [to_entry(event, step.stamp, "2026-11-16") for event in step.events]
                await journal.append(branch, seq, entries)
        snapshot = snapshot_of(day.branch)
        seq = (await journal.head(branch)).seq
        await journal.save_snapshot(branch, Snapshot(seq, SCHEMA, snapshot.data))
        shown = [build(day.branch, feed, day.now) for feed in FEEDS]
        views += [encode(view) for view in shown if view is not None]
    rows = []
    for branch in await journal.branches():
        rows += [row async for row in journal.read(branch)]
    await journal.close()
    return rows, views


def line(row):
    return b"%d %d %b %b %b %b\n" % (
        row.seq,
        row.at,
        row.actor.encode(),
        row.command_id.encode(),
        row.data,
        row.hash.encode(),
    )


async def test_a_real_journal_holds_nothing_of_people_and_shows_what_is_planted(tmp_path, seed):
    rows, views = await written(tmp_path / "lobby.db", range(seed, seed + 12))
    file = (tmp_path / "lobby.db").read_bytes()
    assert len(rows) > 800
    assert len(views) > 20

    assert scan(map(line, rows), ["王小明"]) == []
    assert scan(views, ["王小明"]) == []
    assert scan([file[at : at + 65_536] for at in range(0, len(file), 65_536)], ["王小明"]) == []

    chance = random.Random(seed)
    planted = [*map(line, rows)]
    for secret in (MOBILE, IDENTITY, CARD, "王小明"):
        at = chance.randrange(len(planted))
        planted[at] = planted[at].replace(b'"type"', f'"note":"是{secret}的"," type"'.encode(), 1)
    found = {hit.kind for hit in scan(planted, ["王小明"])}
    assert found == {"mobile", "identity", "card", "value"}

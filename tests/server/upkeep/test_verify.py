"""`lobby verify` finds whatever is not as it was written, and names the stream and the row."""

import json

import pytest
from msgspec.structs import replace

from server.domain.events import TicketLeft
from server.domain.state import Stamp
from server.journal.contract import Snapshot
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from server.upkeep.findings import Noted
from server.upkeep.verify import verify
from server.vault.keys import Keys
from shared.protocol import OpenCounter
from tests.server.one_branch import DAY, new_id, take
from tests.server.one_server import serving
from tests.server.upkeep.lived import HOUR, NINE, append, by_hand, clock_stepped, database, run


def keys_of(folder):
    return Keys.load(folder / "keys" / "vault.key")


def faults(folder, **options):
    found = verify(database(folder), keys=keys_of(folder), **options)
    return [(fault.code, fault.stream, fault.seq) for fault in found.faults]


def last_row(folder, stream="main"):
    return by_hand(database(folder), "SELECT seq FROM heads WHERE branch = ?", stream)[0][0]


def test_a_journal_that_was_left_alone_is_sound(folder):
    before = database(folder).read_bytes()

    found = verify(database(folder), keys=keys_of(folder))

    assert found.sound
    assert [end.stream for end in found.ends] == ["house", "main"]
    assert [end.seq for end in found.ends] == [last_row(folder, "house"), last_row(folder)]
    assert found.snapshots >= 2
    assert (found.private_rows, found.readable_rows, found.locked_rows) == (3, 1, 0)
    assert database(folder).read_bytes() == before


def test_without_the_key_of_the_vault_its_rows_are_looked_at_from_outside(folder):
    found = verify(database(folder))

    assert found.sound
    assert (found.private_rows, found.readable_rows, found.locked_rows) == (3, 1, 2)


# --- Tampering -------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["main", "house"])
@pytest.mark.parametrize("column", ["at", "day", "actor", "command_id", "type", "data", "hash"])
def test_an_altered_row_is_named(folder, stream, column):
    wrong = {"at": "at + 1", "data": "CAST(replace(data, '\"', '\" ') AS BLOB)"}
    by_hand(
        database(folder),
        f"UPDATE events SET {column} = {wrong.get(column, f'{column} || 1')}"
        " WHERE branch = ? AND seq = 2",
        stream,
    )

    assert faults(folder) == [("altered", stream, 2)]


@pytest.mark.parametrize("column", ["seq", "data", "hash"])
def test_a_row_of_another_shape_is_named(folder, column):
    wrong = "'three'" if column == "seq" else "7"
    by_hand(
        database(folder), f"UPDATE events SET {column} = {wrong} WHERE branch = 'main' AND seq = 3"
    )

    assert faults(folder)[0] == ("altered" if column != "seq" else "missing", "main", 3)


def test_a_deleted_row_is_named(folder):
    by_hand(database(folder), "DELETE FROM events WHERE branch = 'main' AND seq = 3")

    assert faults(folder) == [("missing", "main", 3)]


def test_deleted_rows_at_the_end_are_named(folder):
    last = last_row(folder)
    by_hand(database(folder), "DELETE FROM events WHERE branch = 'main' AND seq >= ?", last - 1)

    assert faults(folder) == [("missing", "main", last - 1)]


def test_an_end_that_was_cut_off_with_its_record_is_held_against_what_was_noted_down(folder):
    ends = verify(database(folder)).ends
    path, last = database(folder), last_row(folder)
    by_hand(path, "DELETE FROM events WHERE branch = 'main' AND seq = ?", last)
    by_hand(
        path,
        "UPDATE heads SET (seq, hash) = (SELECT seq, hash FROM events WHERE branch = 'main'"
        " ORDER BY seq DESC LIMIT 1) WHERE branch = 'main'",
    )
    noted = [Noted(end.stream, end.seq, end.hash) for end in ends]

    assert ("noted", "main", last) in faults(folder, noted=noted)
    assert faults(folder, noted=noted[:1]) == []


def test_a_row_that_was_put_in_is_named(folder):
    path = database(folder)
    by_hand(path, "UPDATE events SET seq = seq + 1000 WHERE branch = 'main' AND seq > 2")
    by_hand(path, "UPDATE events SET seq = seq - 999 WHERE branch = 'main' AND seq > 1000")
    by_hand(
        path,
        "INSERT INTO events SELECT branch, 3, day, at, actor, command_id, type, data, hash"
        " FROM events WHERE branch = 'main' AND seq = 2",
    )
    by_hand(path, "UPDATE heads SET seq = seq + 1 WHERE branch = 'main'")

    assert faults(folder)[0] == ("altered", "main", 3)


@pytest.mark.parametrize("place", ["before the first", "behind the last"])
def test_a_row_that_was_put_at_an_end_is_named(folder, place):
    seq = 0 if place == "before the first" else last_row(folder) + 1
    by_hand(
        database(folder),
        "INSERT INTO events SELECT branch, ?, day, at, actor, command_id, type, data, hash"
        " FROM events WHERE branch = 'main' AND seq = 2",
        seq,
    )

    assert ("added", "main", seq) in faults(folder)


def test_rows_that_changed_places_are_named(folder):
    path = database(folder)
    for seq, to in ((2, 1000), (3, 2), (1000, 3)):
        by_hand(path, "UPDATE events SET seq = ? WHERE branch = 'main' AND seq = ?", to, seq)

    assert faults(folder) == [("altered", "main", 2)]


def test_a_stream_that_was_deleted_is_named(folder):
    by_hand(database(folder), "DELETE FROM events WHERE branch = 'main'")

    assert faults(folder)[0] == ("missing", "main", 1)


def test_a_stream_that_was_put_in_is_named(folder):
    by_hand(
        database(folder),
        "INSERT INTO events SELECT 'west', seq, day, at, actor, command_id, type, data, hash"
        " FROM events WHERE branch = 'main'",
    )

    assert faults(folder) == [("no_end", "west", 0), ("altered", "west", 1)]


async def test_what_was_noted_down_is_still_there_after_later_rows(folder):
    ends = verify(database(folder)).ends
    await append(folder, events=2)
    path = database(folder)

    again = verify(path, noted=[Noted(end.stream, end.seq, end.hash) for end in ends])
    strange = verify(path, noted=[Noted("main", ends[1].seq, ends[1].hash[::-1])])

    assert again.sound
    assert [(fault.code, fault.seq) for fault in strange.faults] == [("noted", ends[1].seq)]


async def test_a_row_that_means_nothing_is_named_although_its_chain_is_right(folder):
    journal = await open_sqlite(database(folder))
    head = await journal.head("main")
    await journal.append("main", head.seq, [replace(clock_stepped(), data=b'{"by_ms":"soon"}')])
    await journal.close()

    assert faults(folder) == [("unreadable", "main", head.seq + 1)]
    assert faults(folder, replay=False) == []


async def test_a_row_that_contradicts_the_ones_before_is_named(folder):
    journal = await open_sqlite(database(folder))
    head = await journal.head("main")
    nobody = to_entry(TicketLeft(visit=999), Stamp(at=NINE + HOUR), DAY)
    await journal.append("main", head.seq, [nobody])
    await journal.close()

    assert faults(folder) == [("contradicts", "main", head.seq + 1)]


# --- What is kept beside the rows ------------------------------------------------------------


def test_a_damaged_snapshot_is_named(folder):
    by_hand(database(folder), "UPDATE snapshots SET data = data || x'20' WHERE branch = 'main'")

    assert {code for code, _, _ in faults(folder)} == {"snapshot_damaged"}


async def test_a_snapshot_that_says_something_else_than_the_rows_is_named(folder):
    path, stream = database(folder), "house"
    schema, data, seq = by_hand(
        path,
        "SELECT schema, data, seq FROM snapshots WHERE branch = ? ORDER BY seq DESC LIMIT 1",
        stream,
    )[0]
    journal = await open_sqlite(path)
    forged = json.loads(data) | {"last_invitation": 99}
    await journal.save_snapshot(stream, Snapshot(seq, schema, json.dumps(forged).encode()))
    await journal.save_snapshot(stream, Snapshot(seq + 5, schema, data))
    await journal.save_snapshot("main", Snapshot(2, "an older shape", b"{}"))
    await journal.close()

    assert faults(folder) == [
        ("snapshot_differs", stream, seq),
        ("snapshot_ahead", stream, seq + 5),
    ]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE private_slots SET value = substr(value, 2) || x'00' WHERE value <> zeroblob(64)",
        "UPDATE private SET subject = 'visit:9' WHERE field = 'phone'",
        "UPDATE private SET subject = 'nobody' WHERE field = 'phone'",
        "UPDATE private SET handle = x'010203' WHERE field = 'phone'",
        "UPDATE private SET slot = 999",
        "UPDATE private SET purge_at = 'never'",
    ],
)
def test_private_rows_that_were_tampered_with_are_found(folder, tampering):
    by_hand(database(folder), tampering)

    assert "private_damaged" in {code for code, _, _ in faults(folder)}


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE private SET slot = (SELECT min(slot) FROM private)",
        "INSERT INTO private_slots (value) VALUES (zeroblob(64))",
        (
            "INSERT INTO private_free SELECT length(value), slot FROM private_slots"
            " WHERE slot IN (SELECT slot FROM private)"
        ),
        (
            "UPDATE private_slots SET value = x'41' || zeroblob(length(value) - 1)"
            " WHERE slot IN (SELECT slot FROM private_free)"
        ),
    ],
)
def test_slots_in_disorder_are_found(folder, tampering):
    by_hand(database(folder), tampering)

    assert "private_slots" in {code for code, _, _ in faults(folder)}


# --- Beside a server, and as a command -------------------------------------------------------


async def test_a_journal_is_sound_while_a_server_writes_it(folder):
    journal = await open_sqlite(database(folder))
    try:
        async with serving(journal=journal) as server:
            kiosk = await server.terminal("kiosk-1")
            counter = await server.terminal("counter-2")
            await counter.order(OpenCounter(id=new_id(), day=DAY, counter=2))
            for _ in range(3):
                await kiosk.order(take())
                assert faults(folder) == []
    finally:
        await journal.close()


def test_the_command_prints_the_ends_and_holds_a_journal_to_them(capsys, folder):
    code, output, errors = run(capsys, "verify", "--data", folder, "--language", "en")
    noted = [line.split()[0] for line in output.splitlines() if line.startswith("  ")]
    options = [part for end in noted for part in ("--noted", end)]
    again = run(capsys, "verify", "--data", folder, *options)
    forged = run(capsys, "verify", "--data", folder, "--noted", f"main:1:{'0' * 64}")

    assert (code, errors) == (0, "")
    assert "No faults found." in output
    assert [end.split(":")[0] for end in noted] == ["house", "main"]
    assert again[0] == 0
    assert forged[0] == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_names_the_stream_and_the_row_in_both_languages(capsys, folder, language):
    by_hand(database(folder), "UPDATE events SET at = at + 1 WHERE branch = 'main' AND seq = 4")

    code, output, _ = run(capsys, "verify", "--data", folder, "--language", language)

    assert code == 1
    named = {"en": "main, row 4: is not as written", "zh": "main 第 4 行：与写入时不符"}
    assert named[language] in output


def test_programs_get_one_object(capsys, folder):
    sound = run(capsys, "verify", "--data", folder, "--json")
    by_hand(database(folder), "DELETE FROM events WHERE branch = 'main' AND seq = 3")
    faulty = run(capsys, "verify", "--data", folder, "--json")

    assert (sound[0], json.loads(sound[1])["sound"]) == (0, True)
    found = json.loads(faulty[1])
    assert (faulty[0], found["sound"]) == (1, False)
    assert found["faults"] == [{"code": "missing", "stream": "main", "seq": 3}]
    assert [end["stream"] for end in found["ends"]] == ["house", "main"]


def test_what_is_no_journal_is_refused_in_a_sentence(capsys, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"pictures" * 1000)

    foreign = run(capsys, "verify", tmp_path / "holiday.jpg", "--data", tmp_path)
    missing = run(capsys, "verify", "--data", tmp_path)

    assert (foreign[0], missing[0]) == (1, 1)
    assert "is not a Lobby journal" in foreign[2]
    assert "There is no journal" in missing[2]
    assert foreign[2].count("\n") == missing[2].count("\n") == 1

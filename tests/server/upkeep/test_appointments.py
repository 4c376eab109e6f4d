"""`lobby appointments`: a table in, all of it or nothing and every wrong line named; a table out
that a spreadsheet takes for a table; and the addresses of calendars."""

import asyncio
import csv
import io
import json

import pytest

import lobby
from server.clock import SystemClock
from server.config import load_data_folder
from server.journal.sqlite import open_sqlite
from server.upkeep.appointment_import import import_appointments
from server.upkeep.appointments import COLUMNS, export, feed_links
from server.upkeep.errors import CannotDo
from server.upkeep.init import example, initialise
from server.vault.keys import Keys
from server.vault.rows import of_person
from server.vault.vault import Vault
from shared.testing import ManualClock

CLOCK = ManualClock("2027-03-01T08:00")
HEAD = "date,time,service,name,phone,mail,note,amount,language,low_counter,speaks"
NAME, PHONE, MAIL = "王小明", "13800138000", "wang@example.com"
FIRST = f"2027-03-03,14:30,L,{NAME},{PHONE},{MAIL},带了护照,,zh,1,"
SECOND = "2027-03-03,11:00,Q,,,,,,en,,en"


@pytest.fixture
def folder(tmp_path):
    """A data folder with a journal in which nothing has happened yet."""
    initialise(tmp_path, example(), CLOCK)
    asyncio.run(_begin(tmp_path))
    return tmp_path


async def _begin(folder):
    await (await open_sqlite(folder / "lobby.sqlite")).close()


def branch(folder):
    return load_data_folder(folder)[1]["main"]


def table(folder, *lines, head=HEAD, name="in.csv"):
    file = folder / name
    file.write_text("\r\n".join((head, *lines)) + "\r\n", encoding="utf-8")
    return file


def imported(folder, *lines, head=HEAD, dry=False, clock=CLOCK):
    return import_appointments(
        folder, branch(folder), table(folder, *lines, head=head), clock, dry=dry
    )


def wrong(found):
    return [(one.line, one.column) for one in found.wrong]


def exported(folder, first=None, last=None):
    return list(csv.DictReader(io.StringIO(export(folder, branch(folder), first, last))))


async def _events(folder):
    journal = await open_sqlite(folder / "lobby.sqlite")
    try:
        return [(row.type, row.data) async for row in journal.read("main")]
    finally:
        await journal.close()


def events(folder):
    return asyncio.run(_events(folder))


async def _kept(folder, person):
    journal = await open_sqlite(folder / "lobby.sqlite")
    try:
        vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), CLOCK.token)
        rows = await vault.show("main", [of_person(person)])
        return {row.field: row.value for row in rows}
    finally:
        await journal.close()


# --- In ------------------------------------------------------------------------------------------


def test_a_table_is_booked_and_what_it_says_of_people_is_in_the_vault_alone(folder):
    found = imported(folder, FIRST, SECOND)

    happened = events(folder)
    types = [type_ for type_, _ in happened]
    assert (found.booked, found.wrong) == (2, ())
    assert types.count("AppointmentBooked") == 2
    person = next(json.loads(data)["person"] for t, data in happened if t == "AppointmentBooked")
    kept = asyncio.run(_kept(folder, person))
    assert kept == {"name": NAME, "phone": PHONE, "mail": MAIL, "form.note": "带了护照"}
    for said in (NAME, PHONE, MAIL):
        assert all(said.encode() not in data for _, data in happened)


def test_all_that_is_wrong_is_named_and_nothing_is_booked(folder):
    found = imported(
        folder,
        FIRST,
        "2027-3-3,14:15,L,,,,,,,,",
        "2027-03-03,25:00,L,,,,,,,,",
        "2027-02-30,14:15,L,,,,,,,,",
        "2027-03-03,14:07,L,,,,,,,,",
        "2027-03-03,14:15,X,,,,,,,,",
        "2027-03-03,14:15,A,,,,,,,,",
        "2027-03-03,14:15,L,,nobody,,,,,,",
        "2027-03-03,14:15,L,,,nowhere,,,,,",
        "2027-03-03,14:15,L,,,,,much,,,",
        "2027-03-03,14:15,L,,,,,,fr,2,de",
        f"2027-03-03,14:15,L,{'x' * 61},,,,,,,",
        "2027-03-03,14:15",
        "2027-03-03,14:15,L,,,,,,,,,more",
    )

    assert wrong(found) == [
        (3, "date"),
        (4, "time"),
        (5, "time"),
        (6, "time"),
        (7, "service"),
        (8, "service"),
        (9, "phone"),
        (10, "mail"),
        (11, "amount"),
        (12, "language"),
        (12, "speaks"),
        (12, "low_counter"),
        (13, "name"),
        (14, "speaks"),
        (15, "speaks"),
    ]
    assert events(folder) == []


def test_what_the_rules_refuse_is_named_by_its_line_too(folder):
    """Two at one time where there is room for one; and twice on one day with one number."""
    found = imported(
        folder,
        FIRST,
        SECOND,
        "2027-03-03,11:00,Q,,,,,,,,",
        "2027-03-03,15:30,L,,+86 138 0013 8000,,,,,,",
        "2027-06-01,14:00,L,,,,,,,,",
    )

    assert [line for line, _ in wrong(found)] == [4, 5, 6]
    assert "taken" in found.wrong[0].told("en")
    assert "phone number" in found.wrong[1].told("en")
    assert events(folder) == []
    assert PHONE not in str([one.told("zh") for one in found.wrong])


def test_a_try_changes_nothing(folder):
    found = imported(folder, FIRST, SECOND, dry=True)

    assert found.booked == 2
    assert events(folder) == []


def test_a_second_import_knows_of_the_first(folder):
    assert imported(folder, FIRST).booked == 1

    again = imported(folder, FIRST)

    assert wrong(again)[0][0] == 2
    assert [type_ for type_, _ in events(folder)].count("AppointmentBooked") == 1


def test_while_a_server_runs_nothing_is_imported(folder, capsys):
    async def beside():
        journal = await open_sqlite(folder / "lobby.sqlite")
        try:
            return await asyncio.to_thread(order, folder, "import", str(table(folder, FIRST)))
        finally:
            await journal.close()

    assert asyncio.run(beside()) == 1
    assert "in use by another Lobby" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"date,time\r\n", "column"),
        (b"date,time,service,colour\r\n", "colour"),
        (b"date,time,service,service\r\n", "two columns"),
        (b"\xff\xfe", "UTF-8"),
        (b'date,time,service\r\n"2027', "no CSV"),
        (b"", "column"),
        (b"date,time,service\r\n" + b"2027-03-03,14:07,L\r\n" * 5_001, "more than 5000"),
    ],
)
def test_what_is_no_such_table_is_said_so(folder, content, code):
    file = folder / "in.csv"
    file.write_bytes(content)

    with pytest.raises(CannotDo) as caught:
        import_appointments(folder, branch(folder), file, CLOCK, dry=False)

    assert code in str(caught.value)


def test_a_table_of_a_spreadsheet_begins_with_a_mark_and_guards_its_numbers(folder):
    file = folder / "in.csv"
    head = "date,time,service,phone"
    file.write_text(f"{head}\r\n2027-03-03,14:30,L,'+86 13800138000\r\n", encoding="utf-8-sig")

    found = import_appointments(folder, branch(folder), file, CLOCK, dry=False)

    assert found.booked == 1


# --- Out -----------------------------------------------------------------------------------------


def test_what_was_booked_comes_out_in_order_and_nobodys_name_with_it(folder):
    imported(folder, FIRST, SECOND)

    first, second = exported(folder)

    assert tuple(first) == COLUMNS
    assert (first["date"], first["time"], first["service"]) == ("2027-03-03", "11:00", "Q")
    assert (first["language"], first["speaks"], first["state"]) == ("en", "en", "booked")
    assert (second["time"], second["low_counter"], second["id"]) == ("14:30", "1", "1")
    text = export(folder, branch(folder), None, None)
    assert all(said not in text for said in (NAME, PHONE, MAIL))


def test_only_some_dates_are_wanted(folder):
    imported(folder, FIRST, "2027-03-04,14:30,L,,,,,,,,")

    assert len(exported(folder)) == 2
    assert [one["date"] for one in exported(folder, first="2027-03-04")] == ["2027-03-04"]
    assert [one["date"] for one in exported(folder, last="2027-03-03")] == ["2027-03-03"]


def test_what_came_out_goes_in_elsewhere(folder, tmp_path_factory):
    imported(folder, FIRST, SECOND)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    initialise(elsewhere, example(), CLOCK)
    asyncio.run(_begin(elsewhere))
    (elsewhere / "in.csv").write_text(export(folder, branch(folder), None, None), encoding="utf-8")

    found = import_appointments(
        elsewhere, branch(elsewhere), elsewhere / "in.csv", CLOCK, dry=False
    )

    assert found.booked == 2
    drop = {"id"}
    here, there = exported(folder), exported(elsewhere)
    assert [{k: v for k, v in one.items() if k not in drop} for one in here] == [
        {k: v for k, v in one.items() if k not in drop} for one in there
    ]


# --- The command ---------------------------------------------------------------------------------


def order(folder, *words):
    return lobby.main(["appointments", *words, "--data", str(folder), "--language", "en"])


def test_the_command_says_what_came_of_it(folder, capsys):
    fine = table(folder, head=HEAD)
    broken = table(folder, "x,y,z,,,,,,,,", name="broken.csv")

    assert order(folder, "import", str(fine)) == 0
    assert "0 appointments were booked." in capsys.readouterr().out
    assert order(folder, "import", str(broken)) == 1
    told = capsys.readouterr().out
    assert "Line 2, service: the id of a service of this branch" in told
    assert "Nothing was booked." in told
    assert order(folder, "export", "--from", "2027-03-01") == 0
    assert capsys.readouterr().out.splitlines() == [",".join(COLUMNS)]


def test_the_addresses_of_calendars_are_told_and_are_those_of_the_server(folder, capsys):
    assert order(folder, "feeds") == 0

    told = capsys.readouterr().out
    links = feed_links(folder, branch(folder))
    assert [link.of for link in links][:4] == ["service:F", "service:L", "service:W", "service:Q"]
    assert all(link.link in told for link in links)
    assert len({link.link for link in links}) == len(links)


def test_a_branch_that_is_not_there_is_asked_for(folder, capsys):
    assert order(folder, "export", "--branch", "west") == 1
    assert "main" in capsys.readouterr().err


def test_without_a_journal_there_is_nothing_to_export(tmp_path, capsys):
    initialise(tmp_path, example(), SystemClock())

    assert order(tmp_path, "export") == 1
    assert "lobby.sqlite" in capsys.readouterr().err

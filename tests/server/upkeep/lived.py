"""A data folder as an operator has it: initialised, served from, with people's data in the vault.

Hands and eyes of whoever tampers with it, too: SQL by hand, and what `lobby` says about it.
"""

import sqlite3
from contextlib import closing

import lobby
from server.domain.events import ClockStepped
from server.domain.state import CLOCK, Stamp
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from server.upkeep.init import example, initialise
from server.vault.keys import Keys
from server.vault.rows import NAME, PHONE, PrivateRow, of_visit
from server.vault.vault import Vault
from shared.testing import ManualClock
from tests.server.one_branch import DAY, take
from tests.server.one_server import serving

NINE = ManualClock().now_ms()
HOUR = 3_600_000
NAME_IN_THE_VAULT = "王小明"


def database(folder):
    return folder / "lobby.sqlite"


async def live(folder, visits=3):
    """Initialise it, and live in it."""
    initialise(folder, example(), ManualClock())
    await serve_some(folder, visits)


async def serve_some(folder, visits=3):
    """Let a server serve some customers, and keep something about two of them."""
    journal = await open_sqlite(database(folder))
    try:
        async with serving(journal=journal) as server:
            kiosk = await server.terminal("kiosk-1")
            for _ in range(visits):
                await kiosk.order(take())
        await _keep_people(folder, journal)
    finally:
        await journal.close()


async def _keep_people(folder, journal):
    """Of the first visit sealed, of the second for everybody to read; the third is forgotten."""
    token, purge_at = ManualClock().token, NINE + 7 * 24 * HOUR
    keyed = Vault(journal, Keys.load(folder / "keys" / "vault.key"), token)
    clear = Vault(journal, Keys(), token)
    name, other, third = (
        PrivateRow("main", of_visit(visit), NAME, value, purge_at)
        for visit, value in ((1, NAME_IN_THE_VAULT), (2, "Ann"), (3, "Li"))
    )
    phone = PrivateRow("main", of_visit(1), PHONE, "13800001234", purge_at)
    head = await journal.head("main")
    rows = [*keyed.seal([name, phone, third]), *clear.seal([other])]
    await journal.append("main", head.seq, [clock_stepped()], rows)
    await journal.erase_private("main", [third.subject])


def clock_stepped(at=NINE + HOUR):
    """An event that may follow any other."""
    return to_entry(ClockStepped(by_ms=1), Stamp(at=at, actor=CLOCK), DAY)


async def append(folder, events=1, at=NINE + HOUR, branch="main"):
    """As a server would."""
    journal = await open_sqlite(database(folder))
    head = await journal.head(branch)
    await journal.append(branch, head.seq, [clock_stepped(at)] * events)
    await journal.close()


def by_hand(path, sql, *values):
    """What somebody with the file and no server can do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(sql, values).fetchall()


def content(path):
    """All that must never change unseen: the rows, and what is kept of people."""
    tables = {
        "events": "SELECT * FROM events ORDER BY branch, seq",
        "heads": "SELECT * FROM heads ORDER BY branch",
        "private": "SELECT branch, subject, field, value, handle, purge_at"
        " FROM private LEFT JOIN private_slots USING (slot) ORDER BY branch, subject, field",
    }
    return {name: by_hand(path, sql) for name, sql in tables.items()}


def run(capsys, *arguments):
    """Exit code, output and errors of one command."""
    try:
        code: object = lobby.main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code
    output = capsys.readouterr()
    return code, output.out, output.err

"""Whatever happens to the file, nothing wrong is served: it is found, and said in a sentence.

T-07 in small: the same seed damages the same bytes.
"""

import random
import shutil

import pytest

from server.journal.contract import JournalError
from server.journal.sqlite import open_sqlite
from server.upkeep.errors import CannotDo
from server.upkeep.verify import verify
from server.vault.errors import VaultError
from server.vault.keys import Keys
from server.vault.vault import Vault
from shared.testing import ManualClock
from tests.server.one_server import serving
from tests.server.upkeep.lived import append, content, database, run

FLIPS = 120
CUTS = 20
PAGE_BYTES = 4096


async def served(folder):
    """All that a server would ever tell from this file; JournalError or VaultError instead."""
    journal = await open_sqlite(database(folder))
    try:
        vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), ManualClock().token)
        rows = {
            branch: [row async for row in journal.read(branch)]
            for branch in await journal.branches()
        }
        people = {visit: await vault.show("main", [f"visit:{visit}"]) for visit in (1, 2, 3)}
        return rows, people
    finally:
        await journal.close()


def found(folder):
    """Whether `lobby verify` says that something is wrong."""
    try:
        return not verify(database(folder), keys=Keys.load(folder / "keys" / "vault.key")).sound
    except (JournalError, CannotDo):
        return True


async def judged(folder, truth, before):
    """Damage is found, or there is none: what is told is the truth."""
    is_found = found(folder)
    assert is_found or content(database(folder)) == before
    try:
        told = await served(folder)
    except (JournalError, VaultError):
        told = None
    assert told == truth if told else is_found
    return "refused" if not told else "found" if is_found else "harmless"


async def test_a_flipped_bit_is_found_or_changes_nothing(folder, seed):
    chance, path = random.Random(seed), database(folder)
    truth, before, sound = await served(folder), content(path), path.read_bytes()
    outcomes = []
    for _ in range(FLIPS):
        damaged = bytearray(sound)
        place = chance.randrange(len(damaged))
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)

        outcomes.append(await judged(folder, truth, before))

    assert outcomes.count("refused") + outcomes.count("found") > FLIPS / 4


async def test_a_page_of_zeros_is_found(folder):
    path = database(folder)
    truth, before, sound = await served(folder), content(path), path.read_bytes()
    for page in range(len(sound) // PAGE_BYTES):
        damaged = bytearray(sound)
        damaged[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = bytes(PAGE_BYTES)
        path.write_bytes(damaged)

        assert await judged(folder, truth, before) in ("refused", "found")


async def test_a_file_that_was_cut_off_is_found(folder, seed):
    chance, path = random.Random(seed), database(folder)
    truth, before, sound = await served(folder), content(path), path.read_bytes()
    for length in [0, 10, 100, *(chance.randrange(len(sound)) for _ in range(CUTS))]:
        path.write_bytes(sound[:length])

        assert await judged(folder, truth, before) in ("refused", "found")


@pytest.mark.parametrize("place", [0, 16, 18, 60, 68, 100])
async def test_a_wrong_header_is_told_in_a_sentence_with_the_way_back(capsys, folder, place):
    path = database(folder)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff\xff")

    assert found(folder)
    for command in ("verify", "show"):
        code, output, errors = run(capsys, command, "--data", folder, "--language", "en")
        assert (code, output) == (1, "")
        assert str(path) in errors
        assert errors.count("\n") == 1
    with pytest.raises(JournalError):
        await open_sqlite(path)


# --- Files that do not belong together -------------------------------------------------------


async def log_of(folder):
    """The write-ahead log that a killed server leaves, with a few events."""
    journal = await open_sqlite(database(folder))
    async with serving(journal=journal):
        pass
    log = database(folder).with_name("lobby.sqlite-wal").read_bytes()
    await journal.close()
    assert log
    return log


async def test_the_log_of_another_journal_beside_it_is_found(folder, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copytree(folder / "keys", tmp_path / "other" / "keys")
    stale = await log_of(tmp_path / "other")
    await served(folder)
    database(folder).with_name("lobby.sqlite-wal").write_bytes(stale)

    with pytest.raises(JournalError) as caught:
        await served(folder)

    assert caught.value.code in ("not_the_one", "damaged")


async def test_the_log_of_a_later_time_beside_a_backup_is_found(folder, tmp_path):
    """Somebody copies a backup over the journal and leaves the log lying there."""
    older = shutil.copy(database(folder), tmp_path / "older.sqlite")
    await append(folder, events=50)
    stale = await log_of(folder)
    await append(folder, events=5)
    shutil.copy(older, database(folder))
    database(folder).with_name("lobby.sqlite-wal").write_bytes(stale)

    with pytest.raises(JournalError):
        await served(folder)

    assert found(folder)


async def test_a_journal_that_is_gone_is_not_begun_anew_beside_its_log(folder):
    stale = await log_of(folder)
    database(folder).with_name("lobby.sqlite-wal").write_bytes(stale)
    database(folder).unlink()

    with pytest.raises(JournalError) as caught:
        await open_sqlite(database(folder))

    assert caught.value.code == "damaged"
    assert not database(folder).exists()

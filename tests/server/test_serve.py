"""A server as a program: refused in one sentence, or started with all it needs."""

import asyncio
import re
import socket
import stat

import pytest

from server.app import CannotServe
from server.clock import SystemClock
from server.domain.events import ClockStepped
from server.domain.state import Stamp
from server.journal.contract import JournalRefused
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from server.serve import OPERATING_ERRORS, serve
from server.vault.errors import VaultError
from server.vault.keys import Keys, add_key, drop_old_keys
from server.vault.rows import PrivateRow
from server.vault.vault import Vault
from shared.config import ConfigError
from tests.server.one_branch import take_anyway
from tests.server.one_server import PATIENCE_SECONDS, serving


async def refused_to_serve(folder, **options):
    """What an operator is told."""
    options = {"port": 0, **options}
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(OPERATING_ERRORS) as caught:
            await serve(folder, **options)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_two_servers_on_one_folder(tmp_path):
    journal = await open_sqlite(tmp_path / "lobby.sqlite")

    error = await refused_to_serve(tmp_path)

    assert isinstance(error, JournalRefused)
    assert error.code == "in_use"
    await journal.close()


async def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path):
    garbage = b"these are holiday pictures" * 1000
    (tmp_path / "lobby.sqlite").write_bytes(garbage)

    error = await refused_to_serve(tmp_path)

    assert isinstance(error, JournalRefused)
    assert "not a Lobby journal" in str(error)
    assert (tmp_path / "lobby.sqlite").read_bytes() == garbage


async def test_a_journal_without_its_middle_is_named_as_damaged(tmp_path):
    path = tmp_path / "lobby.sqlite"
    journal = await open_sqlite(path)
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        for _ in range(400):
            await board.order(take_anyway())
    await journal.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(content)

    error = await refused_to_serve(tmp_path)

    assert str(path) in str(error)
    assert "backup" in str(error)


async def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        error = await refused_to_serve(tmp_path, port=port)

    assert isinstance(error, CannotServe)
    assert f"127.0.0.1:{port} is in use" in str(error)


async def test_an_address_of_another_machine(tmp_path):
    (tmp_path / "lobby.toml").write_text('plain_http_beyond_loopback = "yes, without encryption"')

    error = await refused_to_serve(tmp_path, host="192.0.2.1")

    assert "cannot listen on 192.0.2.1:0" in str(error)


async def test_the_command_line_cannot_open_what_the_file_keeps_shut(tmp_path):
    error = await refused_to_serve(tmp_path, host="0.0.0.0")

    assert isinstance(error, ConfigError)
    assert error.key == "plain_http_beyond_loopback"
    assert not (tmp_path / "lobby.sqlite").exists()


async def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")

    error = await refused_to_serve(tmp_path / "file" / "data")

    assert isinstance(error, CannotServe)
    assert "--data" in str(error)


async def test_a_certificate_that_is_none(tmp_path):
    (tmp_path / "cert.pem").write_text("hello")
    (tmp_path / "lobby.toml").write_text('[tls]\ncertificate = "cert.pem"\nkey = "cert.pem"')

    error = await refused_to_serve(tmp_path)

    assert isinstance(error, ConfigError)
    assert error.key == "tls"


async def started(folder):
    """What a server tells until it listens."""
    told: list[str] = []
    serving_data = asyncio.create_task(serve(folder, port=0, tell=told.append))
    while not any("listens on" in line for line in told):  # noqa: ASYNC110 - told, not rung
        await asyncio.sleep(0.005)
    serving_data.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving_data
    return told


async def test_a_mistake_in_the_credentials_closes_the_journal_again(tmp_path):
    (tmp_path / "credentials.json").write_text("[3]")

    error = await refused_to_serve(tmp_path)

    assert "credentials.json" in str(error)
    await (await open_sqlite(tmp_path / "lobby.sqlite")).close()


async def test_a_first_start_makes_what_is_missing_and_prints_a_code_to_set_it_up(tmp_path):
    data = tmp_path / "data"

    told = await started(data)

    code = told[0].split(": ")[1]
    assert re.fullmatch("([B-DF-HJ-NP-TV-XZ]{4}-){2}[B-DF-HJ-NP-TV-XZ]{4}", code)
    kept = (data / "credentials.json").read_text()
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert {path.name for path in data.iterdir()} >= {"keys", "lobby.sqlite", "credentials.json"}
    for path in [data / "credentials.json", *(data / "keys").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_each_start_prints_another_code_until_somebody_looks_after_the_server(tmp_path):
    first = await started(tmp_path)
    second = await started(tmp_path)

    assert first[0] != second[0]


# --- The vault's keys ------------------------------------------------------------------------


async def planted(folder):
    """A name in the vault, sealed as this folder seals; and a server that ran before."""
    await started(folder)
    journal = await open_sqlite(folder / "lobby.sqlite")
    vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), SystemClock().token)
    step = to_entry(ClockStepped(by_ms=5_000), Stamp(SystemClock().now_ms()), "")
    head = await journal.head("main")
    row = PrivateRow("main", "visit:1", "name", "王小明", 2**60)
    await journal.append("main", head.seq, [step], vault.seal([row]))
    await journal.close()


async def kept(folder):
    """How many values each key has sealed, and what can be read."""
    journal = await open_sqlite(folder / "lobby.sqlite")
    vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), SystemClock().token)
    ids = await vault.key_ids()
    rows = await vault.show("main", ["visit:1"])
    await journal.close()
    return ids, [row.value for row in rows]


async def test_the_first_start_makes_a_key_for_the_vault(tmp_path, caplog):
    await planted(tmp_path)

    ids, values = await kept(tmp_path)

    assert "" not in ids
    assert values == ["王小明"]
    assert "without encryption" not in caplog.text
    assert (tmp_path / "keys" / "vault.key").read_text().count("\n") == 1


async def test_without_a_key_only_if_the_operator_says_so_in_words(tmp_path, caplog):
    (tmp_path / "lobby.toml").write_text('vault_without_key = "yes, without encryption"')

    await planted(tmp_path)

    assert not (tmp_path / "keys" / "vault.key").exists()
    assert "names and telephone numbers are stored without encryption" in caplog.text
    assert await kept(tmp_path) == ({"": 1}, ["王小明"])


async def test_a_key_that_comes_later_seals_what_was_stored_without(tmp_path):
    (tmp_path / "lobby.toml").write_text('vault_without_key = "yes, without encryption"')
    await planted(tmp_path)
    (tmp_path / "lobby.toml").unlink()

    await started(tmp_path)

    ids, values = await kept(tmp_path)
    assert ("" in ids, values) == (False, ["王小明"])
    assert "王小明".encode() not in (tmp_path / "lobby.sqlite").read_bytes()


async def test_a_missing_key_is_named_and_no_other_is_made_in_its_place(tmp_path):
    await planted(tmp_path)
    file = tmp_path / "keys" / "vault.key"
    lost = Keys.load(file).newest
    assert lost is not None
    file.unlink()

    error = await refused_to_serve(tmp_path)

    assert isinstance(error, VaultError)
    assert lost.id.hex() in str(error)
    assert not file.exists()


async def test_a_new_key_in_front_seals_everything_at_the_next_start(tmp_path):
    await planted(tmp_path)
    add_key(tmp_path / "keys" / "vault.key", SystemClock().token)

    await started(tmp_path)

    drop_old_keys(tmp_path / "keys" / "vault.key")
    newest = Keys.load(tmp_path / "keys" / "vault.key").newest
    assert newest is not None
    assert await kept(tmp_path) == ({newest.id.hex(): 1}, ["王小明"])

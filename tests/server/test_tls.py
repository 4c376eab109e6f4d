"""Encrypted, with a bank's own certificates: proven by terminals, and nothing less is taken."""

import asyncio
import ssl
import stat
from argparse import Namespace
from asyncio.sslproto import SSLProtocol

import msgspec
import pytest

import lobby
from desk import orders
from server.reception import Deadlines
from server.serve import TLS_BUFFER_BYTES
from shared.i18n import LANGUAGES
from shared.link import Link
from shared.pairing import NotPaired, StationKey, keep_key, key_of, pair, read_key
from shared.protocol import VERSION, Accepted, InviteStation, Pair
from shared.trust import trusting
from tests.server.certificates import Authority
from tests.server.one_branch import new_id, take
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import PATIENCE_SECONDS, QUIET, eventually, serving


@pytest.fixture
def bank(tmp_path):
    return Authority(tmp_path / "bank")


@pytest.fixture
def encrypted(bank, tmp_path):
    return bank.serving_from(tmp_path / "data")


def key_to(server, authority="", station="kiosk-1"):
    return StationKey(
        url=server.running.address,
        station=station,
        secret=station_secret(station),
        kind="kiosk",
        branch="main",
        authority=authority,
    )


async def invited(server, bank):
    """A code for one more kiosk."""
    desk = await server.dial(ssl=trusting(bank.file.read_text()))
    await desk.say(key_to(server, station="desk-1").hello())
    await desk.sign_in("admin")
    answer = await desk.order(InviteStation(id=new_id(), kind="kiosk", branch="main"))
    return answer.code


async def goes_live(key):
    """Whether a terminal comes to be live."""
    async with Link(key.url, key.hello(), tls=key.tls()) as link:
        await eventually(lambda: link.state == "live")
        return True


# --- Proven --------------------------------------------------------------------------------------


async def test_a_terminal_is_paired_and_works_over_tls_with_the_banks_own_authority(
    bank, encrypted, tmp_path
):
    authority = bank.file.read_text()
    async with serving(tls_context=encrypted) as server:
        first = Pair(version=VERSION, code=await invited(server, bank), language="en")

        paired = await pair(server.running.address, first, authority)
        keep_key(tmp_path / "kiosk.json", key_of(server.running.address, paired, authority))
        bank.file.unlink()  # what vouches for the server is kept with the secret
        key = read_key(tmp_path / "kiosk.json")
        async with Link(key.url, key.hello(), tls=key.tls()) as link:
            await eventually(lambda: link.state == "live")
            taken = await link.send(take())

    assert key.url.startswith("wss://")
    assert isinstance(taken, Accepted)


async def test_an_authority_nobody_here_knows_vouches_for_nothing(bank, encrypted, tmp_path):
    other = Authority(tmp_path / "other", "Somebody CA").file.read_text()
    async with serving(tls_context=encrypted) as server:
        assert await goes_live(key_to(server, bank.file.read_text()))

        for context in (trusting(other), ssl.create_default_context()):
            with pytest.raises(ssl.SSLCertVerificationError):
                await server.dial(ssl=context)


@pytest.mark.parametrize(
    ("name", "days"), [("192.0.2.1", 30), ("lobby.example", 30), ("127.0.0.1", -1)]
)
async def test_a_certificate_for_another_name_or_out_of_date_vouches_for_nothing(
    name, days, bank, tmp_path
):
    wrong = bank.serving_from(tmp_path / "data", name, days)
    async with serving(tls_context=wrong) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            await server.dial(ssl=trusting(bank.file.read_text()))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_code_is_said_to_a_server_that_nobody_vouches_for(language, bank, encrypted):
    async with serving(tls_context=encrypted) as server:
        first = Pair(version=VERSION, code="BCDF-GHJK", language=language)

        with pytest.raises(NotPaired, match="--ca"):
            await pair(server.running.address, first)

        assert not server.people.keeper.house.guesses


async def test_an_older_protocol_than_tls_1_2_is_not_spoken(bank, encrypted):
    old = trusting(bank.file.read_text())
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match=r"TLSv1_1|TLSVersion"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(tls_context=encrypted) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await server.dial(ssl=old)

        now = await server.dial(ssl=trusting(bank.file.read_text()))
        spoken = now.socket.transport.get_extra_info("ssl_object").version()

    assert encrypted.minimum_version is ssl.TLSVersion.TLSv1_2
    assert spoken in ("TLSv1.2", "TLSv1.3")


async def test_what_is_no_tls_and_what_never_finishes_its_greeting_is_cut(bank, encrypted):
    impatient = Deadlines(heartbeat_seconds=3600, open_seconds=0.3)
    async with serving(tls_context=encrypted, deadlines=impatient) as server:
        sockets = [await asyncio.open_connection("127.0.0.1", server.running.port) for _ in "12"]
        (plain, to_plain), (slow, to_slow) = sockets
        to_plain.write(b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n")
        to_slow.write(b"\x16\x03\x01\x02")

        async with asyncio.timeout(PATIENCE_SECONDS):
            answers = [await plain.read(), await slow.read()]
        to_plain.close()
        to_slow.close()

        assert not any(b"HTTP" in answer for answer in answers)
        assert await goes_live(key_to(server, bank.file.read_text()))


# --- On the command line -------------------------------------------------------------------------


def typed(*arguments):
    return lobby._parser().parse_args([str(argument) for argument in arguments])


async def run(options: Namespace):
    return await asyncio.to_thread(orders.run, options)


async def test_the_certificate_is_named_once_and_kept_with_the_secret(
    bank, encrypted, tmp_path, capsys
):
    secret_file, password_file = tmp_path / "desk.json", tmp_path / "password"
    password_file.write_text(secret_of("admin"))
    async with serving(tls_context=encrypted, deadlines=QUIET) as server:
        url, code = server.running.address, await invited(server, bank)
        to = ("--url", url, "--code", code, "--language", "en")

        without = await run(typed("pair", *to, "--secret-file", tmp_path / "no.json"))
        complaint = capsys.readouterr().err
        paired = await run(
            typed("pair", *to, "--secret-file", tmp_path / "kiosk.json", "--ca", bank.file)
        )
        kept = msgspec.json.encode(key_to(server, bank.file.read_text(), "desk-1"))
        secret_file.write_bytes(kept)
        listed = await run(
            typed(
                *("station", "list", "--as", "admin", "--secret-file", secret_file),
                *("--password-file", password_file),
            )
        )

    assert (without, paired, listed) == (1, 0, 0)
    assert "--ca" in complaint
    assert not (tmp_path / "no.json").exists()
    assert read_key(tmp_path / "kiosk.json").authority == bank.file.read_text()
    assert stat.S_IMODE((tmp_path / "kiosk.json").stat().st_mode) == 0o600
    assert "main-kiosk-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "content", "said"),
    [
        ("ws://127.0.0.1:1/ws", None, "wss://"),
        ("wss://127.0.0.1:1/ws", b"hello", "no certificate"),
        ("wss://127.0.0.1:1/ws", b"\xff\xfe", "no certificate"),
        ("wss://127.0.0.1:1/ws", b"", "no certificate"),
    ],
)
async def test_what_cannot_vouch_is_named(url, content, said, bank, tmp_path, capsys):
    file = tmp_path / "ca.pem"
    file.write_bytes(bank.file.read_bytes() if content is None else content)
    options = typed(
        *("pair", "--code", "BCDF-GHJK", "--url", url, "--ca", file, "--language", "en"),
        *("--secret-file", tmp_path / "kiosk.json"),
    )

    assert await run(options) == 1
    assert said in capsys.readouterr().err


# --- Memory --------------------------------------------------------------------------------------


async def test_a_message_longer_than_the_transports_buffer_comes_whole(bank, encrypted):
    assert SSLProtocol.max_size == TLS_BUFFER_BYTES
    async with serving(tls_context=encrypted) as server:
        terminal = await server.dial(ssl=trusting(bank.file.read_text()))
        await terminal.say(key_to(server).hello())
        await terminal.order(take())

        refused = await terminal.order("x" * (TLS_BUFFER_BYTES + 10_000))

        assert refused.code == "MessageTooLong"
        assert isinstance(await terminal.order(take()), Accepted)

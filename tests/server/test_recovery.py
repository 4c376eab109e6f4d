"""A key or a file of secrets is gone: said plainly, and the house is set up again."""

import asyncio
import re
import shutil
from contextlib import asynccontextmanager

import pytest

from server import hashing
from server.clock import SystemClock
from server.journal.upcast import to_house_event
from server.serve import serve
from server.show import opened
from shared.link import Link
from shared.pairing import NotPaired, key_of, pair
from shared.protocol import (
    VERSION,
    AddStaff,
    HouseAccepted,
    HouseView,
    Refused,
    ResetSecret,
    RoleAt,
    SetOwnSecret,
    SetUp,
    SignedIn,
)
from tests.server.one_branch import new_id
from tests.server.one_house import CHEAP

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    monkeypatch.setattr(hashing.Hashing.__init__, "__defaults__", (CHEAP,))


class Server:
    """A server on a data folder: where it listens, and what it told its operator."""

    def __init__(self, told):
        self.told = told
        self.url = told[-1].replace("Lobby listens on http", "ws") + "/ws"

    @property
    def code(self):
        """The set-up code, if one was printed."""
        found = [re.search(r"Set-up code, .*: (\S+)$", line) for line in self.told]
        return next((match[1] for match in found if match), None)

    async def set_up(self, staff, code=None):
        """Make an administrator; a link to that person's desk."""
        first = SetUp(
            version=VERSION, code=code or self.code, staff=staff, password=PASSWORD, language="en"
        )
        return key_of(self.url, await pair(self.url, first))

    @asynccontextmanager
    async def desk(self, key, staff="anna"):
        async with Link(self.url, key.hello(language="en")) as link:
            async for state in link.changed():
                if state == "live":
                    break
            yield link, await link.sign_in(staff, PASSWORD)


@asynccontextmanager
async def a_server(folder):
    told: list[str] = []
    work = asyncio.create_task(serve(folder, port=0, tell=told.append))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any("listens on" in line for line in told):
            assert not work.done(), work.exception()
            await asyncio.sleep(0.005)
    try:
        yield Server(told)
    finally:
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work


async def furnished(folder):
    """A house with its administrator anna and the teller li, who has a PIN."""
    async with a_server(folder) as server:
        key = await server.set_up("anna")
        async with server.desk(key) as (link, _):
            roles = (RoleAt(branch="main", role="teller"),)
            added = await link.request(AddStaff(id=new_id(), staff="li", roles=roles))
            assert isinstance(added, HouseAccepted)
            own = SetOwnSecret(id=new_id(), staff="li", old=added.code, new="481516")
            assert isinstance(await link.request(own), HouseAccepted)
    return key


def record(folder):
    """What the stream of the house says."""
    with opened(folder / "lobby.sqlite") as journal:
        return [to_house_event(row) for row in journal.rows("house")]


def recorded(folder):
    return [type(event).__name__ for event in record(folder)]


LOST = {"key": "keys/pepper.key", "file": "credentials.json"}


@pytest.mark.parametrize("lost", LOST)
async def test_who_lost_the_secrets_sets_up_again_with_a_code(tmp_path, lost):
    old = await furnished(tmp_path)
    (tmp_path / LOST[lost]).unlink()

    async with a_server(tmp_path) as server:
        async with server.desk(old) as (_, locked_out):
            pass
        key = await server.set_up("anna")
        async with server.desk(key) as (link, signed_in):
            reset = await link.request(ResetSecret(id=new_id(), staff="li"))
            own = SetOwnSecret(id=new_id(), staff="li", old=reset.code, new="481517")
            chosen = await link.request(own)
    async with a_server(tmp_path) as again:
        pass

    assert LOST[lost].rpartition("/")[2] in server.told[0]
    assert "lobby staff reset" in server.told[0]
    assert isinstance(locked_out, Refused)
    assert isinstance(signed_in, SignedIn)
    assert isinstance(chosen, HouseAccepted)
    assert len(again.told) == 1
    told = recorded(tmp_path)
    assert told.count("SetUpCodeMade") == 2
    again_from = told.index("SecretsLost")
    # The try before was in vain, and is forgiven.
    assert told[again_from:][:3] == ["SecretsLost", "StaffUnlocked", "StationPaired"]


@pytest.mark.parametrize("lost", LOST)
async def test_whoever_finds_what_was_lost_has_everything_as_it_was(tmp_path, lost):
    key = await furnished(tmp_path)
    copy = tmp_path / "copy"
    shutil.move(tmp_path / LOST[lost], copy)
    async with a_server(tmp_path) as server:
        code = server.code
    shutil.move(copy, tmp_path / LOST[lost])

    async with a_server(tmp_path) as server:
        with pytest.raises(NotPaired):
            await server.set_up("eve", code)
        async with server.desk(key) as (_, signed_in):
            pass

    assert server.code is None
    assert isinstance(signed_in, SignedIn)
    assert "SecretsLost" not in recorded(tmp_path)


async def test_somebody_else_may_become_the_administrator(tmp_path):
    await furnished(tmp_path)
    (tmp_path / "credentials.json").unlink()

    async with a_server(tmp_path) as server:
        key = await server.set_up("li")
        async with server.desk(key, "li") as (link, signed_in):
            view = await anext(link.views())

    assert signed_in.role == "administrator"
    assert isinstance(view, HouseView)
    assert {one.id: (one.ready, [role.role for role in one.roles]) for one in view.staff} == {
        "anna": (False, ["administrator"]),
        "li": (True, ["teller", "administrator"]),
    }


async def test_one_secret_that_is_gone_is_told_and_leaves_the_others(tmp_path):
    key = await furnished(tmp_path)
    file = tmp_path / "credentials.json"
    file.write_text(re.sub(r'"li":\{[^}]*\},?', "", file.read_text()).replace(",}", "}"))

    async with a_server(tmp_path) as server, server.desk(key) as (link, signed_in):
        view = await anext(link.views())

    assert "no password or PIN of li" in server.told[0]
    assert server.code is None
    assert isinstance(signed_in, SignedIn)
    assert isinstance(view, HouseView)
    assert {one.id: one.ready for one in view.staff} == {"anna": True, "li": False}


async def test_a_second_factor_used_before_a_restart_is_used_up_after_it(tmp_path):
    (tmp_path / "lobby.toml").write_text('require_totp = ["administrator"]')
    async with a_server(tmp_path) as server:
        first = SetUp(version=VERSION, code=server.code, staff="anna", password=PASSWORD)
        paired = await pair(server.url, first)
        key = key_of(server.url, paired)
        async with Link(server.url, key.hello()) as link:
            await anext(state async for state in link.changed() if state == "live")
            password = current(paired.otp_secret)
            good = await link.sign_in("anna", PASSWORD, password)

    async with a_server(tmp_path) as server, Link(server.url, key.hello()) as link:
        await anext(state async for state in link.changed() if state == "live")
        replayed = await link.sign_in("anna", PASSWORD, password)

    assert isinstance(good, SignedIn)
    assert isinstance(replayed, Refused)
    assert replayed.code == "SignInWrong"


def current(secret):
    """What the authenticator shows now."""
    return hashing.otp(secret, SystemClock().wall_ms() // 30_000)

"""People at a terminal's link, against a real server: who is signed in outlives what it should."""

import stat

import pytest

from shared.link import Link, NotSentError
from shared.protocol import VERSION, Accepted, CounterView, Hello, OpenCounter, Refused, SignedIn
from shared.testing import FakeLink, ManualClock
from tests.server.one_branch import DAY
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import eventually, serving


def link_of(server, station, **files):
    hello = Hello(version=VERSION, station=station, secret=station_secret(station), language="en")
    return Link(server.running.address, hello, **files)


async def live(link):
    async for state in link.changed():
        if state == "live":
            return


async def test_a_person_signs_in_works_and_signs_out():
    async with serving() as server, link_of(server, "counter-1") as link:
        await live(link)
        nobody = link.staff

        signed_in = await link.sign_in("teller-1", secret_of("teller-1"))
        opened = await link.send(OpenCounter(id=link.new_id(), day=DAY, counter=1))
        view = link.view("CounterView:1")
        await link.sign_out()
        refused = await link.send(OpenCounter(id=link.new_id(), day=DAY, counter=1))

        assert nobody is None
        assert isinstance(signed_in, SignedIn)
        assert isinstance(opened, Accepted)
        assert isinstance(view, CounterView)
        assert isinstance(refused, Refused)
        assert refused.code == "NobodySignedIn"
        assert (link.staff, link.view("CounterView:1")) == (None, None)


async def test_a_sign_in_outlives_a_cut_line():
    async with serving() as server, link_of(server, "counter-1") as link:
        await live(link)
        await link.sign_in("teller-1", secret_of("teller-1"))
        first = link.welcome

        link._wire.abort()
        await eventually(lambda: link.welcome is not first and link.state == "live")
        opened = await link.send(OpenCounter(id=link.new_id(), day=DAY, counter=1))

        assert link.welcome.staff == link.staff == "teller-1"
        assert isinstance(opened, Accepted)


async def test_a_terminal_that_is_started_again_comes_back_with_its_person(tmp_path):
    file = tmp_path / "state" / "counter-1.sign-in"
    async with serving() as server:
        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            await link.sign_in("teller-1", secret_of("teller-1"))

        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            opened = await link.send(OpenCounter(id=link.new_id(), day=DAY, counter=1))

        assert link.welcome.staff == "teller-1"
        assert isinstance(opened, Accepted)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_whoever_has_signed_out_is_not_there_after_a_new_start(tmp_path):
    file = tmp_path / "counter-1.sign-in"
    async with serving() as server:
        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            await link.sign_in("teller-1", secret_of("teller-1"))
            await link.sign_out()
            left = list(tmp_path.iterdir())

        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)

        assert link.welcome.staff is None
        assert left == []


async def test_an_unlocked_terminal_comes_back_unlocked(tmp_path):
    file, clock = tmp_path / "counter-1.sign-in", ManualClock()
    async with serving(clock=clock) as server:
        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            await link.sign_in("teller-1", secret_of("teller-1"))
            clock.advance(hours=1)
            await link.unlock(secret_of("teller-1"))

        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            opened = await link.send(OpenCounter(id=link.new_id(), day=DAY, counter=1))

        assert isinstance(opened, Accepted)


async def test_a_sign_in_that_has_ended_meanwhile_is_nobodys(tmp_path):
    file = tmp_path / "counter-1.sign-in"
    async with serving() as server, link_of(server, "counter-2") as other:
        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)
            await link.sign_in("teller-1", secret_of("teller-1"))
        await live(other)
        await other.sign_in("teller-1", secret_of("teller-1"))

        async with link_of(server, "counter-1", sign_in=file) as link:
            await live(link)

        assert (link.welcome.staff, link.staff) == (None, None)
        assert other.staff == "teller-1"


async def test_whoever_is_signed_in_elsewhere_is_told_of_at_the_first_terminal():
    async with (
        serving() as server,
        link_of(server, "counter-1") as one,
        link_of(server, "counter-2") as two,
    ):
        await live(one)
        await live(two)
        await one.sign_in("teller-1", secret_of("teller-1"))

        await two.sign_in("teller-1", secret_of("teller-1"))

        assert await one.next_staff("teller-1") is None


async def test_a_wrong_secret_is_answered_and_changes_nothing():
    async with serving() as server, link_of(server, "counter-1") as link:
        await live(link)

        refused = await link.sign_in("teller-1", "000111")

        assert isinstance(refused, Refused)
        assert (refused.code, link.staff) == ("SignInWrong", None)


async def test_nothing_is_asked_without_a_connection():
    hello = Hello(version=VERSION, station="counter-1", secret="x")
    link = Link("ws://127.0.0.1:1/ws", hello)

    with pytest.raises(NotSentError):
        await link.sign_in("teller-1", "480517")


async def test_a_fake_link_signs_people_in_and_out_as_it_is_told():
    link = FakeLink()
    link.reply_with(Refused(id="", code="SignInWrong", text=""))

    refused = await link.sign_in("li", "480517")
    good = await link.sign_in("li", "480517")
    there = link.staff
    link.end_sign_in()

    assert isinstance(refused, Refused)
    assert isinstance(good, SignedIn)
    assert (there, link.staff) == ("li", None)

"""Numbers taken before coming, over real sockets: by whom, how many, and checked in on arrival."""

from msgspec.structs import replace

from server.config import RateLimits
from shared.protocol import (
    VERSION,
    Accepted,
    AppointmentFound,
    CheckIn,
    FindAppointment,
    Hello,
    KioskView,
    TakeRemoteTicket,
    TicketView,
    Welcome,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, take
from tests.server.one_server import serving
from tests.server.test_brute_force import ATTACKER, PHONES, at, wrong_codes

LIMITS = RateLimits()
"""As they are unless told otherwise: six an hour of one address."""


def remote_branch():
    """Service A can be taken from afar, by anybody who comes."""
    config = branch_config()
    first, second = config.services
    remote = replace(config.remote, share=1.0)
    return replace(config, services=(replace(first, remote=True), second), remote=remote)


async def visitor(server, address=ATTACKER):
    """The branch's page, opened somewhere."""
    hello = Hello(version=VERSION, visitor=True, language="en")
    terminal, welcome = await at(server, address, hello, Welcome)
    assert isinstance(welcome, Welcome), welcome
    return terminal


def from_afar(service="A"):
    return TakeRemoteTicket(id=new_id(), day=DAY, service=service, language="en")


async def on_the_way(server):
    """The answer to somebody who has taken a number from afar."""
    taken = await (await visitor(server)).order(from_afar())
    assert isinstance(taken, Accepted), taken
    return taken


async def test_a_visitor_gets_a_number_with_its_link_and_code_and_sees_what_hangs_in_the_lobby():
    async with serving(branches=[remote_branch()], **PHONES) as server:
        terminal = await visitor(server)
        taken = await terminal.order(from_afar())
        seen = await terminal.view(KioskView)

        phone, welcome = await server.knock(ticket=taken.link[-22:])
        page = await phone.view(TicketView)

    assert (taken.number, taken.people_ahead, len(taken.short_code)) == ("A001", 0, 6)
    assert [one.remote for one in seen.services] == [True, False]
    assert page.absent
    assert (welcome.link, welcome.short_code) == (taken.link, taken.short_code)


async def test_without_an_address_for_phones_nobody_visits():
    async with serving(branches=[remote_branch()]) as server:
        hello = Hello(version=VERSION, visitor=True, language="en")
        _, refused = await at(server, ATTACKER, hello, Welcome)

    assert refused.code == "NotKnown"


async def test_a_visitor_does_nothing_else():
    async with serving(branches=[remote_branch()], **PHONES) as server:
        refused = await (await visitor(server)).order(take())

    assert refused.code == "NotAllowed"


async def test_one_address_takes_six_an_hour_and_others_are_not_affected():
    clock = ManualClock()
    options = {"rate_limits": LIMITS, "clock": clock, **PHONES}
    async with serving(branches=[remote_branch()], **options) as server:
        terminal = await visitor(server)
        answers = [await terminal.order(from_afar()) for _ in range(8)]
        elsewhere = await (await visitor(server, "127.0.0.77")).order(from_afar())
        at_the_kiosk = await (await server.terminal("kiosk-1")).order(take())
        clock.advance(minutes=answers[-1].values["minutes"])
        later = await terminal.order(from_afar())

    codes = [getattr(one, "code", "Accepted") for one in answers]
    assert codes == ["Accepted"] * 6 + ["TooManyFromHere"] * 2
    assert all(isinstance(one, Accepted) for one in (elsewhere, at_the_kiosk, later))


async def test_whoever_was_refused_has_used_up_nothing():
    async with serving(branches=[remote_branch()], rate_limits=LIMITS, **PHONES) as server:
        terminal = await visitor(server)
        refused = [await terminal.order(from_afar("B")) for _ in range(8)]
        taken = await terminal.order(from_afar())

    assert {one.code for one in refused} == {"NotRemote"}
    assert isinstance(taken, Accepted)


async def test_it_is_checked_in_at_the_kiosk_by_the_code_as_an_appointment_is():
    async with serving(branches=[remote_branch()], **PHONES) as server:
        taken = await on_the_way(server)
        kiosk = await server.terminal("kiosk-1")
        find = FindAppointment(id=new_id(), code=taken.short_code)
        found = await kiosk.order(find)

        here = await kiosk.order(CheckIn(id=new_id(), day=DAY, code=taken.short_code))
        phone, _ = await server.knock(ticket=taken.link[-22:])
        page = await phone.view(TicketView, here.seq)

    assert isinstance(found, AppointmentFound)
    assert (found.visit, found.service, found.appointment) == (1, "A", None)
    assert (here.number, here.people_ahead, here.link) == ("A001", 0, taken.link)
    assert not page.absent


async def test_or_by_its_link_held_to_the_reader_and_once():
    async with serving(branches=[remote_branch()], **PHONES) as server:
        taken = await on_the_way(server)
        kiosk = await server.terminal("kiosk-1")

        here = await kiosk.order(CheckIn(id=new_id(), day=DAY, link=taken.link))
        again = await kiosk.order(CheckIn(id=new_id(), day=DAY, link=taken.link))

    assert here.number == "A001"
    assert again.code == "HereAlready"


async def test_staff_check_it_in_by_its_number_and_the_kiosk_may_not():
    async with serving(branches=[remote_branch()], **PHONES) as server:
        await on_the_way(server)
        await on_the_way(server)
        kiosk = await server.terminal("kiosk-1")
        board = await server.terminal("board-assistant")

        refused = await kiosk.order(CheckIn(id=new_id(), day=DAY, visit=1))
        here = await board.order(CheckIn(id=new_id(), day=DAY, visit=2))

    assert refused.code == "NotYourAppointment"
    assert here.number == "A002"


async def test_wrong_codes_at_a_kiosk_are_limited_and_nobody_is_checked_in_by_them():
    options = {"rate_limits": LIMITS, "clock": ManualClock(), **PHONES}
    async with serving(branches=[remote_branch()], **options) as server:
        taken = await on_the_way(server)
        kiosk = await server.terminal("kiosk-1")
        guesses = wrong_codes(taken.short_code)

        answers = [
            (await kiosk.order(CheckIn(id=new_id(), day=DAY, code=next(guesses)))).code
            for _ in range(9)
        ]
        right = await kiosk.order(CheckIn(id=new_id(), day=DAY, code=taken.short_code))
        by_link = await kiosk.order(CheckIn(id=new_id(), day=DAY, link=taken.link))

    assert answers == ["CodeNotKnown"] * 5 + ["RateLimited"] * 4
    assert right.code == "RateLimited"
    assert by_link.number == "A001"

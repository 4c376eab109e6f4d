"""Guessing, as somebody would who does nothing else: bounded as docs/security.md says, and nobody
else notices. Real sockets; the clock is moved by hand, so that hours and days are played.
"""

import itertools
import json
from collections import Counter
from functools import partial

from msgspec.structs import replace

from server.config import RateLimits
from server.house.decide import (
    GUESSES_MAX,
    PAIRING_PAUSE_MS,
    TRIES_A_DAY,
    TRIES_IN_ALL,
)
from shared.protocol import (
    VERSION,
    Accepted,
    CheckIn,
    FindAppointment,
    Hello,
    InviteStation,
    Pair,
    Paired,
    Refused,
    SetUp,
    SignedIn,
    TakeRemoteTicket,
    TicketView,
    UnlockStaff,
    Welcome,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, take
from tests.server.one_server import serving

LIMITS = RateLimits()
EAST_AND_WEST = ["east", "west"]
PHONES = {"public_url": "https://lobby.example"}

ATTACKER, CUSTOMER = "127.0.0.66", "127.0.0.77"
"""Every address of 127.0.0.0/8 is this machine."""


def branches():
    return [branch_config(branch) for branch in EAST_AND_WEST]


async def at(server, address, message, *types):
    """Say this first message from that address; the answer."""
    terminal = await server.dial(local_addr=(address, 0))
    await terminal.say(message)
    answer = await terminal.hear(*types, Refused)
    if isinstance(answer, Refused):
        await terminal.closed()
    return terminal, answer


async def hello_at(server, address, **fields):
    return await at(server, address, Hello(version=VERSION, language="en", **fields), Welcome)


# --- A teller's PIN ------------------------------------------------------------------------------


def pins():
    return (f"{n:06d}" for n in itertools.count(310_000))


async def guess_pins(terminal, clock, guesses, until_seconds):
    """Try one after the other as soon as it is allowed; how many were compared."""
    compared = 0
    while clock.monotonic() < until_seconds:
        refused = await terminal.sign_in("teller-1", next(guesses))
        assert isinstance(refused, Refused)
        compared += refused.code == "SignInWrong"
        if refused.code == "SignInLocked":
            return compared
        wait = refused.values.get("seconds") or (refused.retry_after_ms or 0) / 1000
        clock.advance(seconds=wait or 1)
    return compared


async def test_a_pin_is_guessed_at_twenty_times_a_day_at_one_terminal_and_its_owner_works_on():
    clock = ManualClock()
    async with serving(clock=clock, rate_limits=LIMITS) as server:
        in_the_hall, _ = await server.station("counter-1")

        compared = await guess_pins(in_the_hall, clock, pins(), until_seconds=86_400)
        locked = await in_the_hall.sign_in("teller-1")
        owner = await (await server.station("counter-2"))[0].sign_in("teller-1")
        neighbour = await in_the_hall.sign_in("teller-2")

    assert compared == TRIES_A_DAY == 20
    assert locked.code == "SignInLocked"  # also with the right PIN: nothing is told
    assert isinstance(owner, SignedIn)
    assert isinstance(neighbour, SignedIn)


async def test_whoever_guesses_at_every_terminal_has_a_hundred_tries_in_all():
    """However often a manager, who does not ask why, lets somebody try again at one of them."""
    clock, guesses, compared = ManualClock(), pins(), 0
    async with serving(clock=clock, branches=[branch_config(counters=8)]) as server:
        terminals = [(await server.station(f"counter-{n}"))[0] for n in range(1, 9)]
        for day in range(1, 3):
            for terminal in terminals:
                compared += await guess_pins(terminal, clock, guesses, 86_400 * day)

        owner = await terminals[0].sign_in("teller-1")
        manager = await server.terminal("board-manager")
        unlock = UnlockStaff(id=new_id(), staff="teller-1")
        await manager.order(unlock)
        afterwards = await terminals[0].sign_in("teller-1")

    assert compared == TRIES_IN_ALL == 100
    assert owner.code == "SignInLocked"
    assert isinstance(afterwards, SignedIn)


# --- A pairing code ------------------------------------------------------------------------------


async def invited(server, branch):
    desk = await server.terminal(f"{branch}-desk-1")
    answer = await desk.order(InviteStation(id=new_id(), kind="kiosk", branch=branch))
    await desk.socket.close()
    return answer.code


async def guess_codes(server, clock, branch, hours):
    """Try a code every ten seconds; how many were looked at."""
    looked_at = 0
    for _ in range(hours * 360):
        first = Pair(version=VERSION, code="BCDF-GHJK", branch=branch, language="en")
        _, refused = await at(server, ATTACKER, first, Paired)
        looked_at += refused.code == "WrongCode"
        clock.advance(seconds=10)
    return looked_at


async def test_five_pairing_codes_are_looked_at_in_five_minutes_and_the_other_branch_pairs_on():
    clock = ManualClock()
    async with serving(clock=clock, branches=branches(), rate_limits=LIMITS) as server:
        looked_at = await guess_codes(server, clock, "east", hours=1)

        code = await invited(server, "west")
        first = Pair(version=VERSION, code=code, branch="west", language="en")
        _, paired = await at(server, CUSTOMER, first, Paired)
        kiosk = await server.terminal("east-kiosk-1")
        taken = await kiosk.order(take())

    pauses = 3_600_000 // PAIRING_PAUSE_MS
    assert GUESSES_MAX <= looked_at <= GUESSES_MAX * pauses == 60
    assert isinstance(paired, Paired)
    assert isinstance(taken, Accepted)


async def test_the_set_up_code_is_guarded_in_the_same_way():
    async with serving(rate_limits=LIMITS) as server:
        for staff in server.people.keeper.house.staff.values():
            staff.ready = False
        first = SetUp(version=VERSION, code="BCDF-GHJK-LMNP", staff="eve", password="long enough")

        codes = [(await at(server, ATTACKER, first, Paired))[1].code for _ in range(8)]

    assert codes == ["WrongCode"] * GUESSES_MAX + ["PairingPaused"] * 3


# --- A ticket's link -----------------------------------------------------------------------------


async def a_ticket(server):
    kiosk = await server.terminal("kiosk-1")
    taken = await kiosk.order(take())
    await kiosk.socket.close()
    return taken


async def test_links_are_guessed_at_as_often_as_connections_are_opened_and_phones_go_on():
    clock = ManualClock()
    limits = RateLimits(handshakes_per_address=60, wrong_credentials_per_address=20)
    async with serving(clock=clock, rate_limits=limits, **PHONES) as server:
        taken = await a_ticket(server)
        answers = []
        for n in range(120):
            _, refused = await hello_at(server, ATTACKER, ticket=f"{n:022d}")
            answers.append(refused.code)

        phone, welcome = await hello_at(server, CUSTOMER, ticket=taken.link[-22:])
        _, welcome_here = await server.knock(ticket=taken.link[-22:])

        assert answers == ["NotKnown"] * 40 + ["RateLimited"] * 80
        assert isinstance(welcome, Welcome)
        assert isinstance(welcome_here, Welcome)
        assert (await phone.view(TicketView)).number == taken.number
        assert server.figure("lobby_rate_limited_total", limit="credentials") == 80


async def test_whoever_guesses_from_the_customers_own_address_keeps_no_right_link_out():
    """A branch and the phones on its network share one address."""
    async with serving(rate_limits=LIMITS, **PHONES) as server:
        taken = await a_ticket(server)
        for n in range(200):
            await hello_at(server, ATTACKER, ticket=f"{n:022d}")

        _, welcome = await hello_at(server, ATTACKER, ticket=taken.link[-22:])

    assert isinstance(welcome, Welcome)


# --- A short code --------------------------------------------------------------------------------


def wrong_codes(right):
    return (f"{n:06d}" for n in itertools.count() if f"{n:06d}" != right)


async def guess_short_codes(server, clock, addresses, taken, minutes):
    """From each address in turn, once a second, to the last that is allowed; how many of them
    were looked at."""
    codes, said = wrong_codes(taken.short_code), 0

    async def guess(address):
        nonlocal said
        said += 1
        code = {"number": taken.number, "short_code": next(codes)}
        return (await hello_at(server, address, **code))[1].code

    for _ in range(minutes * 60):
        for address in addresses:
            await guess(address)
        clock.advance(seconds=1)
    for address in addresses:
        while await guess(address) == "NotKnown":
            pass
    return said - server.figure("lobby_rate_limited_total", limit="short_code")


async def test_one_address_has_five_short_codes_a_minute_and_the_customer_needs_one_try():
    clock = ManualClock()
    async with serving(clock=clock, rate_limits=LIMITS, **PHONES) as server:
        taken = await a_ticket(server)

        looked_at = await guess_short_codes(server, clock, [ATTACKER], taken, minutes=3)
        right = {"number": taken.number, "short_code": taken.short_code}
        phone, welcome = await hello_at(server, CUSTOMER, **right)
        _, not_told = await hello_at(server, ATTACKER, **right)

        assert 5 * 3 <= looked_at <= 5 + 5 * 3
        assert isinstance(welcome, Welcome)
        assert (await phone.view(TicketView)).number == taken.number
        # While it has to wait, also the right one would be answered like that.
        assert not_told.code == "RateLimited"


async def test_all_addresses_together_have_twenty_a_minute_and_links_open_all_the_while():
    clock = ManualClock()
    crowd = [f"127.0.1.{n}" for n in range(1, 11)]
    async with serving(clock=clock, rate_limits=LIMITS, **PHONES) as server:
        taken = await a_ticket(server)

        looked_at = await guess_short_codes(server, clock, crowd, taken, minutes=1)
        right = {"number": taken.number, "short_code": taken.short_code}
        _, by_code = await hello_at(server, CUSTOMER, **right)
        _, by_link = await hello_at(server, CUSTOMER, ticket=taken.link[-22:])
        clock.advance(seconds=(by_code.retry_after_ms or 0) / 1000)
        _, later = await hello_at(server, CUSTOMER, **right)

    assert 20 <= looked_at <= 20 + 20
    assert by_code.code == "RateLimited"
    assert isinstance(by_link, Welcome)
    assert isinstance(later, Welcome)


async def test_guessing_in_one_branch_leaves_the_codes_of_another_alone():
    clock = ManualClock()
    limits = RateLimits(wrong_short_codes_per_branch=3, wrong_short_codes_per_address=3)
    async with serving(clock=clock, branches=branches(), rate_limits=limits, **PHONES) as server:
        taken = await (await server.terminal("west-kiosk-1")).order(take())
        for code in itertools.islice(wrong_codes(""), 6):
            guess = {"branch": "east", "number": "A001", "short_code": code}
            _, refused = await hello_at(server, ATTACKER, **guess)

        right = {"branch": "west", "number": taken.number, "short_code": taken.short_code}
        _, welcome = await hello_at(server, ATTACKER, **right)

    assert refused.code == "RateLimited"
    assert isinstance(welcome, Welcome)


# --- The code of a number taken before coming, or of an appointment ------------------------------


def a_branch_with_numbers_from_afar():
    config = branch_config()
    first, *others = config.services
    remote = replace(config.remote, share=1.0)
    return replace(config, services=(replace(first, remote=True), *others), remote=remote)


async def on_the_way(server):
    """Somebody has taken a number before coming."""
    visitor, _ = await hello_at(server, CUSTOMER, visitor=True)
    from_afar = TakeRemoteTicket(id=new_id(), day=DAY, service="A", language="en")
    return await visitor.order(from_afar)


async def test_one_kiosk_has_five_codes_a_minute_and_the_next_one_checks_people_in():
    clock = ManualClock()
    options = {"branches": [a_branch_with_numbers_from_afar()], "clock": clock, **PHONES}
    async with serving(rate_limits=LIMITS, **options) as server:
        taken = await on_the_way(server)
        guesses = wrong_codes(taken.short_code)
        answers: Counter[str] = Counter()
        attacked = await server.terminal("kiosk-1")
        for second in range(3 * 60):
            kind = FindAppointment if second % 2 else partial(CheckIn, day=DAY)
            reply = await attacked.order(kind(id=new_id(), code=next(guesses)))
            answers[reply.code] += 1
            clock.advance(seconds=1)

        right = CheckIn(id=new_id(), day=DAY, code=taken.short_code)
        here = await (await server.terminal("kiosk-2")).order(right)

    assert set(answers) == {"CodeNotKnown", "RateLimited"}
    assert 5 * 3 <= answers["CodeNotKnown"] <= 5 + 5 * 3
    assert here.number == taken.number


async def test_whoever_guesses_from_far_away_keeps_nobody_from_checking_in():
    clock = ManualClock()
    crowd = [f"127.0.1.{n}" for n in range(1, 6)]
    options = {"branches": [a_branch_with_numbers_from_afar()], "clock": clock, **PHONES}
    async with serving(rate_limits=LIMITS, **options) as server:
        taken = await on_the_way(server)

        looked_at = await guess_short_codes(server, clock, crowd, taken, minutes=1)
        right = {"number": taken.number, "short_code": taken.short_code}
        _, by_code = await hello_at(server, CUSTOMER, **right)
        kiosk = await server.terminal("kiosk-1")
        here = await kiosk.order(CheckIn(id=new_id(), day=DAY, code=taken.short_code))

    assert 20 <= looked_at <= 20 + 20
    assert by_code.code == "RateLimited"
    assert here.number == taken.number


# --- What is left of it --------------------------------------------------------------------------


async def test_guesses_are_counted_and_do_not_fill_the_log(caplog):
    caplog.set_level("INFO", "server")
    async with serving(rate_limits=LIMITS) as server:
        for n in range(300):
            await hello_at(server, ATTACKER, ticket=f"{n:022d}")

        put_off = server.figure("lobby_rate_limited_total", limit="credentials")

    lines = [r for r in caplog.records if r.getMessage() == "sent off"]
    assert put_off == 180
    assert len(lines) == 120
    assert {line.address for line in lines} == {ATTACKER}
    assert not any("000000" in json.dumps(vars(line), default=str) for line in lines)

"""T-45 for appointments: after days full of bookings and reminders, nobody's name, number, address
or sum is found but sealed, and in what was sent to the customer.

Looked through are the journal, the disk with its outbox and a backup, the log, what everybody else
was sent, pages, files for calendars, tables, and paper. The same search finds what lies open.
"""

import asyncio
import logging

from server.calendar_feeds import feeds, path_of
from server.journal.memory import MemoryJournal
from server.journal.reading import opened
from server.journal.sqlite import open_sqlite
from server.links import TicketLinks
from server.reminders.channels import Channels, NotDelivered
from server.reminders.sender import Sender
from server.upkeep.appointments import listed
from shared.printing.layouts import BookingSlip, appointment
from shared.protocol import (
    CallNext,
    CancelAppointment,
    FinishService,
    MoveAppointment,
    OpenCounter,
    StartService,
    Words,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, new_id, take_anyway, vault_of
from tests.server.one_server import KEY, PATIENCE_SECONDS, Watcher, eventually
from tests.server.reminders.one_sender import Receiver
from tests.server.test_appointment_pages import FORM, action, own
from tests.server.test_bookings import TOMORROW, booked, check_in, config, house, slots
from tests.server.test_privacy import (
    done,
    hits,
    of_the_disk,
    of_the_journal,
    of_the_log,
)

NAMES = ("欧阳小明", "Joanna Smithers", "王小明")
PHONES = ("13800138000", "+44 7911 123456", "13912345678")
MAILS = ("ouyang@example.com", "joanna@example.org", "wang@example.net")
AMOUNTS = ("7395128", "8640297", "5206413")
NOTES = ("带了护照来", "asks for the manager", "轮椅停在门口")
PRIVATE = (*NAMES, *PHONES, "447911123456", *MAILS, *AMOUNTS, *NOTES)
HOUR = 3_600


def sender_of(server, journal, channel, clock):
    """As the server has it, looked at by hand."""
    channels = Channels(webhook=channel)
    links = TicketLinks(KEY)
    return Sender(
        server.running.runners,
        vault_of(journal),
        journal,
        links,
        channels,
        clock,
        server.metrics,
        "https://queue.example.com",
    )


async def days_full_of_bookings(server, journal, clock, channel):
    """Booked, told, moved, cancelled, confirmed, come, served and missed; what was sent in vain."""
    kiosk = await server.terminal("kiosk-1")
    sender = sender_of(server, journal, channel, clock)
    times = [*(await slots(kiosk))[4:6], *(await slots(kiosk, first_day=TOMORROW))[8:10]]
    answers = [
        await booked(
            kiosk,
            times[n],
            name=NAMES[n % 3],
            phone=PHONES[n % 3] if n < 3 else "",
            mail=MAILS[n % 3],
            note=NOTES[n % 3],
            amount=AMOUNTS[n % 3],
        )
        for n in range(4)
    ]
    channel.failing = [NotDelivered("status_503"), RuntimeError(f"no {PHONES[0]} {NAMES[0]}")]
    await sender.look()
    later = (await slots(kiosk, first_day=TOMORROW))[12]
    move = MoveAppointment(id=new_id(), day=DAY, link=answers[1].link, slot=later)
    await done(kiosk, move)
    await done(kiosk, CancelAppointment(id=new_id(), day=DAY, link=answers[3].link))
    clock.advance(seconds=HOUR)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await sender.look():  # noqa: ASYNC110 - the hour is being written down
            await asyncio.sleep(0.005)
    one = await server.terminal("counter-1")
    came = await kiosk.order(check_in(link=answers[0].link))
    for command in (OpenCounter, CallNext, StartService, FinishService):
        await done(one, command(id=new_id(), day=DAY, counter=1))
    looked_at = [own(server, n) for n in range(1, 5)]
    looked_at += [f"{path}.ics" for path in looked_at]
    looked_at += [action(purpose, appointment=3) for purpose in ("confirm", "cancel")]
    looked_at += [path_of(TicketLinks(KEY), config(), feed) for feed in feeds(config())]
    await server.get(action("confirm", appointment=3), method="POST", headers=FORM)
    pages = [(await server.get(path))[2] for path in looked_at]
    assert all(pages)
    assert came.number == "Y001"
    return answers, pages


async def others(server):
    """Everybody who may not see a name in full, whatever they may watch."""
    phone, _ = await server.knock(ticket=server.ticket(1))
    views = ("BoardView", "KioskView", "DisplayView", "CounterView:1", "CounterView:2")
    return [
        Watcher(phone),
        Watcher(await server.terminal("display-1")),
        Watcher(await server.terminal("counter-2")),
        Watcher(await server.terminal("board-head", views=views)),
        Watcher(await server.terminal("board-auditor", views=(*views, "HouseView"))),
    ]


def paper(answer):
    """What the kiosk prints of it."""
    slip = BookingSlip(
        branch=Words(zh="支行", en="Branch"),
        service=Words(zh="支行", en="Branch"),
        time="11-17 10:00",
        code=answer.short_code,
        late_minutes=10,
        link=answer.link,
    )
    return repr(appointment(slip, "bilingual", "zh"))


async def test_what_is_said_with_bookings_is_found_nowhere_but_sealed(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path, clock, channel = tmp_path / "lobby.sqlite", ManualClock(), Receiver()
    journal = await open_sqlite(path)
    async with house(journal, clock) as server:
        await done(await server.terminal("board-manager"), take_anyway())
        listeners = await others(server)
        answers, pages = await days_full_of_bookings(server, journal, clock, channel)
        live = of_the_disk(path)
        runner = server.running.runners["main"]
        subjects = [row.subject for row in await journal.private_page()]
        kept = {row.value for row in await vault_of(journal).show("main", subjects)}
        outbox = await journal.outbox_of("main")
        assert runner.appointments_to_come()
    sent = {f"audience {n}": await one.ended() for n, one in enumerate(listeners)}
    told = await of_the_journal(journal)
    await journal.close()
    with opened(path) as file:
        table = [repr(one) for one in listed(file.rows("main"))]

    assert {NAMES[0], MAILS[1], AMOUNTS[1], NOTES[2]} <= kept
    assert {message.phone[-6:] for message in channel.taken} >= {"123456", "345678"}
    assert {row.state for row in outbox} >= {"sent", "dropped"}
    assert hits(live, PRIVATE) == {}
    assert hits(of_the_disk(path), PRIVATE) == {}
    assert hits(told, PRIVATE) == {}
    assert hits(sent, PRIVATE) == {}
    assert hits(of_the_log(caplog), PRIVATE) == {}
    assert hits({"pages": pages, "table": table}, PRIVATE) == {}
    assert hits({"outbox": [repr(row) for row in outbox]}, PRIVATE) == {}
    assert hits({"paper": [paper(answer) for answer in answers]}, PRIVATE) == {}
    assert hits({"notices": [m.text + m.calendar for m in channel.taken]}, PRIVATE) == {}


async def test_what_is_sent_to_the_customer_is_what_the_search_would_find():
    journal, clock, channel = MemoryJournal(), ManualClock(), Receiver()
    async with house(journal, clock) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8], phone=PHONES[0])
        await sender_of(server, journal, channel, clock).look()

    posted = [f"{message.phone} {message.text}" for message in channel.taken]
    assert "posted" in hits({"posted": posted}, PRIVATE)


async def test_a_server_with_a_channel_sends_by_itself():
    channel = Receiver()
    async with house(channels=Channels(webhook=channel)) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8], phone=PHONES[0])

        await eventually(lambda: channel.kinds == ["booked"])

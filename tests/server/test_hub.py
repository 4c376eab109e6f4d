"""Views are built once for all who listen, and wait in outboxes that cost no memory."""

import asyncio
import logging

import pytest

from server.hub import REPLIES_MAX, Hub, Outbox, OutboxClosed
from shared.protocol import KioskView, Words, decode_from_server, encode


def kiosk_view(seq, at=0, name="Branch"):
    return KioskView(branch="main", seq=seq, at=at, name=Words(zh="支行", en=name), services=())


class Builder:
    """Builds views of one moment, and remembers which it was asked for."""

    def __init__(self, seq, at=0):
        self.seq, self.at, self.asked = seq, at, []

    def __call__(self, feed):
        self.asked.append(feed)
        return kiosk_view(self.seq, self.at)


async def all_of(outbox):
    """Everything that waits in the outbox, which is closed for it."""
    outbox.close()
    found = []
    while True:
        try:
            found.append(await outbox.next())
        except OutboxClosed:
            return found


async def seqs(outbox):
    return [decode_from_server(data).seq for data in await all_of(outbox)]


# --- Outbox ----------------------------------------------------------------------------------


async def test_a_newer_view_takes_the_place_of_the_older():
    outbox = Outbox()

    for data in (b"one", b"two", b"three"):
        outbox.view("KioskView", data)

    assert await all_of(outbox) == [b"three"]


async def test_a_sender_has_the_view_before_its_reply():
    outbox = Outbox()

    outbox.view("KioskView", b"old view")
    outbox.reply(b"reply")
    outbox.view("KioskView", b"new view")

    assert await all_of(outbox) == [b"new view", b"reply"]


async def test_a_stream_of_views_keeps_no_reply_waiting():
    outbox = Outbox()
    outbox.view("KioskView", b"view 1")
    outbox.reply(b"reply")

    first = await outbox.next()
    outbox.view("KioskView", b"view 2")

    assert [first, *await all_of(outbox)] == [b"view 1", b"reply", b"view 2"]


async def test_a_heartbeat_comes_after_every_view_it_vouches_for_and_only_once():
    outbox = Outbox()

    outbox.heartbeat(b"beat 1")
    outbox.view("KioskView", b"view")
    outbox.heartbeat(b"beat 2")

    assert await all_of(outbox) == [b"view", b"beat 2"]


async def test_replies_are_handed_out_in_order():
    outbox = Outbox()

    for n in range(REPLIES_MAX):
        outbox.reply(b"%d" % n)

    assert await all_of(outbox) == [b"%d" % n for n in range(REPLIES_MAX)]


async def test_one_unread_reply_too_many_ends_the_connection():
    outbox = Outbox()

    for n in range(REPLIES_MAX + 1):
        outbox.reply(b"%d" % n)

    with pytest.raises(OutboxClosed):
        await outbox.next()


async def test_replies_that_were_read_do_not_count():
    outbox = Outbox()

    for n in range(REPLIES_MAX * 3):
        outbox.reply(b"%d" % n)
        assert await outbox.next() == b"%d" % n


async def test_a_closed_outbox_hands_out_what_waits_and_takes_nothing_more():
    outbox = Outbox()
    outbox.reply(b"last words")
    outbox.close()
    outbox.reply(b"too late")

    assert await all_of(outbox) == [b"last words"]


async def test_whoever_waits_is_woken_by_what_comes_and_by_the_end():
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)

    outbox.view("KioskView", b"view")
    assert await waiting == b"view"

    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    outbox.close()
    with pytest.raises(OutboxClosed):
        await waiting


# --- Hub -------------------------------------------------------------------------------------


async def test_a_view_is_built_once_and_the_same_bytes_reach_everyone():
    hub, build, outboxes = Hub(), Builder(seq=5), [Outbox() for _ in range(3)]
    for outbox in outboxes:
        hub.listen("main", "KioskView", outbox)

    hub.publish("main", build)

    assert build.asked == ["KioskView"]
    first, second, third = [await outbox.next() for outbox in outboxes]
    assert first is second is third
    assert first == encode(kiosk_view(5))


async def test_only_feeds_with_listeners_are_built():
    hub, build, outbox = Hub(), Builder(seq=5), Outbox()
    hub.publish("main", build)
    hub.listen("main", "BoardView", outbox)
    hub.publish("other", build)
    hub.leave(outbox)
    hub.publish("main", build)

    assert build.asked == []


async def test_a_later_listener_gets_what_the_others_were_told_last():
    hub, first, late = Hub(), Outbox(), Outbox()
    hub.listen("main", "KioskView", first)
    hub.publish("main", Builder(seq=5))

    hub.listen("main", "KioskView", late)

    assert await seqs(late) == [5]


async def test_the_first_listener_is_introduced_once():
    hub, outbox, build = Hub(), Outbox(), Builder(seq=5)
    hub.listen("main", "KioskView", outbox)

    hub.introduce("main", "KioskView", build)
    hub.introduce("main", "KioskView", build)
    hub.introduce("main", "BoardView", build)

    assert build.asked == ["KioskView"]
    assert await seqs(outbox) == [5]


async def test_a_tick_that_changes_nothing_but_the_time_is_not_sent():
    hub, outbox = Hub(), Outbox()
    hub.listen("main", "KioskView", outbox)
    hub.publish("main", Builder(seq=5, at=1_000))
    await outbox.next()

    hub.publish("main", Builder(seq=5, at=2_000))

    assert await all_of(outbox) == []


async def test_a_new_seq_is_always_sent():
    hub, outbox = Hub(), Outbox()
    hub.listen("main", "KioskView", outbox)
    hub.publish("main", Builder(seq=5))
    await outbox.next()

    hub.publish("main", Builder(seq=6))

    assert await seqs(outbox) == [6]


async def test_a_view_of_nothing_is_not_sent_to_anyone():
    hub, outbox, late = Hub(), Outbox(), Outbox()
    hub.listen("main", "CounterView:7", outbox)
    hub.publish("main", Builder(seq=5))
    await outbox.next()

    hub.publish("main", lambda feed: None)
    hub.listen("main", "CounterView:7", late)

    assert await all_of(outbox) == []
    assert await all_of(late) == []


async def test_a_view_that_cannot_be_built_harms_no_other(caplog):
    hub, broken, sound = Hub(), Outbox(), Outbox()
    hub.listen("main", "BoardView", broken)
    hub.listen("main", "KioskView", sound)

    def build(feed):
        assert feed != "BoardView", "a fault of ours"
        return kiosk_view(5)

    with caplog.at_level(logging.ERROR):
        hub.publish("main", build)

    assert await seqs(sound) == [5]
    assert await all_of(broken) == []
    assert "BoardView" in caplog.text


async def test_whoever_leaves_is_told_nothing_more():
    hub, gone, still = Hub(), Outbox(), Outbox()
    for outbox in (gone, still):
        hub.listen("main", "KioskView", outbox)
        hub.listen("main", "DisplayView", outbox)

    hub.leave(gone)
    hub.leave(gone)
    hub.publish("main", Builder(seq=5))

    assert await all_of(gone) == []
    assert await seqs(still) == [5, 5]


async def test_a_slow_client_is_never_more_than_one_view_behind():
    hub, slow = Hub(), Outbox()
    hub.listen("main", "KioskView", slow)

    for seq in range(1_000):
        hub.publish("main", Builder(seq=seq))

    assert await seqs(slow) == [999]


# --- Customers' pages ------------------------------------------------------------------------


async def told_page(hub, seq=5):
    """A customer's page that has been told something."""
    page = Outbox()
    hub.listen("main", "TicketView:7", page)
    hub.publish("main", Builder(seq=seq))
    await page.next()
    return page


async def test_a_page_that_was_told_nothing_yet_is_told_with_the_next_publication():
    hub, page = Hub(), Outbox()
    hub.listen("main", "TicketView:7", page)

    hub.publish("main", Builder(seq=5))

    assert await seqs(page) == [5]
    assert not hub.is_behind("main")


async def test_a_publication_tells_stations_and_leaves_pages_behind():
    hub, kiosk = Hub(), Outbox()
    page = await told_page(hub)
    hub.listen("main", "KioskView", kiosk)

    hub.publish("main", Builder(seq=6))

    assert await seqs(kiosk) == [6]
    assert await all_of(page) == []
    assert hub.is_behind("main")


async def test_whoever_asked_for_something_sees_it_at_once_and_the_others_later():
    hub = Hub()
    asks, looks_on = await told_page(hub), Outbox()
    hub.listen("main", "AppointmentView:8", looks_on)
    hub.introduce("main", "AppointmentView:8", Builder(seq=5))
    await looks_on.next()

    hub.tell("main", Builder(seq=6), ["TicketView:7"])
    hub.publish("main", Builder(seq=6), told={"TicketView:7"})

    assert await seqs(asks) == [6]
    assert await all_of(looks_on) == []


async def test_branches_that_are_behind_are_told_of_once():
    hub = Hub()
    await told_page(hub)
    waiting = asyncio.create_task(hub.next_behind())
    await asyncio.sleep(0)
    assert not waiting.done()

    for seq in (6, 7, 8):
        hub.publish("main", Builder(seq=seq))

    assert await waiting == ["main"]
    assert not hub.is_behind("main")
    assert hub.customers("main") == ["TicketView:7"]


async def test_a_page_is_not_told_that_something_has_happened_which_it_does_not_show():
    hub = Hub()
    page = await told_page(hub, seq=5)

    hub.tell_customer("main", "TicketView:7", Builder(seq=6, at=1))

    assert await all_of(page) == []


async def test_a_page_is_told_what_has_changed_on_it():
    hub = Hub()
    page = await told_page(hub, seq=5)

    hub.tell_customer("main", "TicketView:7", lambda feed: kiosk_view(6, name="Another"))

    assert await seqs(page) == [6]


async def test_a_page_that_was_closed_meanwhile_is_told_nothing():
    hub = Hub()
    page = await told_page(hub)
    hub.leave(page)

    hub.tell_customer("main", "TicketView:7", Builder(seq=6))
    hub.publish("main", Builder(seq=6))

    assert hub.customers("main") == []
    assert not hub.is_behind("main")

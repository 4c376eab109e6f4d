"""A day to live through, 7: large cash.

Booked the day before, at the kiosk; the amount is seen only at the serving counter.
"""

from msgspec.structs import replace

from server.domain.configuration import Appointments, Bookable, ServiceConfig
from shared import protocol as p
from tests.journeys.desk import desk
from tests.journeys.hall import hall
from tests.journeys.screen import kiosk_app
from tests.server.one_house import secret_of

TOMORROW = "2026-11-17"
AMOUNT = "73951"


def with_large_cash(config):
    """By appointment only, a day ahead, at counters 1 and 2."""
    large = ServiceConfig(
        id="C",
        series="C",
        name=p.Words(zh="大额取现", en="Large cash"),
        usual_minutes=15,
        booking=Bookable(only=True, lead_minutes=1440, amount=True, share=1.0),
    )
    counters = tuple(
        replace(c, services=(*c.services, "C")) if c.id in (1, 2) else c for c in config.counters
    )
    rules = tuple(
        replace(rule, services=rule.services and (*rule.services, "C"))
        for rule in config.hours.rules
    )
    return replace(
        config,
        services=(*config.services, large),
        counters=counters,
        hours=replace(config.hours, rules=rules),
        appointments=Appointments(overbooking=False),
    )


async def test_large_cash(tmp_path):
    async with (
        hall("2026-11-16T10:00", tmp_path, configured=with_large_cash) as lobby,
        kiosk_app(lobby) as kiosk,
    ):
        await lobby.manager.do(p.SignOnDuty, staff="manager")

        # No number is given for it: the page of services leads to its free times, from tomorrow on.
        await kiosk.touch("start")
        await kiosk.touch("service:C")
        await kiosk.step("days")
        days = [tile.touch for tile in kiosk.app.page().tiles]
        assert days[0] == f"day:{TOMORROW}"
        assert "day:2026-11-16" not in days

        # The amount is typed, and shown to nobody: not even on this screen again.
        await kiosk.touch(f"day:{TOMORROW}")
        first = kiosk.app.page().tiles[0].touch
        await kiosk.touch(first)
        await kiosk.touch("amount")
        await kiosk.step("amount")
        await kiosk.press(*AMOUNT, "enter")
        await kiosk.step("kept")
        assert AMOUNT not in kiosk.text()
        await kiosk.touch("yes")
        await kiosk.step("booked")
        booked = kiosk.app.kiosk.errand.booked
        await kiosk.touch("done")

        # The next day the QR code is held to the reader.
        slot = int(first.partition(":")[2])
        await lobby._until(slot - 5 * 60_000)
        await kiosk.press(*(KEYS.get(c, c) for c in booked.link), "enter")
        await kiosk.step("ticket")
        assert (kiosk.app.kiosk.ticket.number, kiosk.app.kiosk.ticket.came.kind) == (
            "Y001",
            "early",
        )
        await kiosk.touch("done")

        # Counter 1 serves, and sees it; nobody else does, on no screen.
        await lobby._until(slot)
        async with desk(lobby.address, tmp_path, counter=1, language="zh") as teller:
            await teller.sign_in()
            await teller.knows(lobby.clock.now_ms())
            await teller.press("f2", "f2", "f4")
            assert teller.in_hand().number == "Y001"
            assert teller.says("counter.amount", amount=AMOUNT)
            await lobby.settled()
            await lobby.counters(2)
            for name in ("manager", "auditor"):
                await getattr(lobby, name).link.sign_in(name, secret_of(name))
            await lobby.settled()
            everybody = [
                lobby.teller(2).view,
                lobby.manager.view,
                lobby.kiosk.view,
                lobby.display.view,
                lobby.auditor.view,
            ]
            assert not any(AMOUNT.encode() in p.encode(view) for view in everybody)
            await teller.press("f5")
            assert AMOUNT not in teller.text()


KEYS = {":": "colon", "/": "slash", ".": "full_stop", "-": "minus", "_": "underscore"}
"""What a terminal calls the keys that a reader presses."""

"""A day to live through, 2: a grandmother of 78 without a phone.

She has the large letters, takes the care lane and has her number spoken; counter 3 serves her, and
why she came sooner is written nowhere.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.hall import hall
from tests.journeys.ledger import rows_of
from tests.journeys.screen import kiosk_app


async def test_a_grandmother_without_a_phone(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 3)
        for _ in range(3):
            await lobby.kiosk.take("A")
        assert await lobby.teller(3).serve_next() == "A001"

        # Large letters and speech by one touch each, and then as everybody: two touches.
        async with kiosk_app(lobby, (80, 24)) as kiosk:
            await kiosk.touch("large")
            await kiosk.touch("speech")
            await kiosk.touch("next")
            await kiosk.touch("care")
            await kiosk.shows(text("zh", "kiosk.services.care"))
            await kiosk.touch("service:A")
            await kiosk.until(lambda: kiosk.app.kiosk.step == "ticket")

            assert kiosk.app.kiosk.ticket.number == "A004"
            assert kiosk.app.kiosk.ticket.ahead == 0
            assert "A 0 0 4" in kiosk.heard
            assert text("zh", "kiosk.first") in kiosk.heard
            assert "████" in kiosk.text(), "the number is drawn"

            # Nobody reads on the screen, or hears, why.
            seen = kiosk.text() + "".join(kiosk.heard[kiosk.heard.index("A 0 0 4") :])
            assert text("zh", "lane.care") not in seen

            await kiosk.touch("done")
            await kiosk.shows(text("zh", "kiosk.start"))
            assert not kiosk.app.kiosk.choices.large, "the next customer begins anew"

        # She is before the others who wait, at the care counter, and staff see the lane only.
        await lobby.at("09:04")
        await lobby.teller(3).finish()
        assert await lobby.teller(3).call_next() == "A004"
        await lobby.teller(3).press(p.StartService)
        assert lobby.teller(3).view.current.lanes == ("care",)
        for screen in (lobby.display, lobby.kiosk):
            assert b"care" not in p.encode(screen.view)

        # The paper she has, the screens and the journal know a number and a lane, and no reason.
        await lobby.teller(3).finish()
    rows = [row for _, row in rows_of(tmp_path, "2026-11-16")]
    (taken,) = [r for r in rows if r["type"] == "TicketTaken" and r["number"] == "A004"]
    assert taken["lanes"] == ["care"]
    assert set(taken) == {
        "type", "visit", "number", "series", "n", "service", "waiting_since", "lanes",
    }  # fmt: skip

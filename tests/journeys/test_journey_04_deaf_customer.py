"""A day to live through, 4: a deaf customer.

Flag, long visual call, escort, missed twice, reinstated near the head. At the wall hangs the real
display, and speaks.
"""

from shared import protocol as p
from tests.journeys.display import display_app
from tests.journeys.hall import hall


async def test_a_deaf_customer(tmp_path):
    async with (
        hall("2026-11-16T09:00", tmp_path) as lobby,
        display_app(lobby, tmp_path) as screen,
    ):
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2, 3)
        assert await lobby.kiosk.take("A", needs=("visual_call", "escort")) == "A001"
        for _ in range(5):
            await lobby.kiosk.take("A")
        phone = await lobby.phone("A001")

        # Three tellers press at once: hers is there, long and large, and the others beside it.
        assert await lobby.teller(1).call_next() == "A001"
        assert await lobby.teller(2).call_next() == "A002"
        assert await lobby.teller(3).call_next() == "A003"
        await screen.until(lambda: screen.up == [("A001", 1), ("A002", 2), ("A003", 3)])
        await screen.until(lambda: screen.spoken == ["A001", "A002", "A003"])
        await screen.shows("A001, please go to Counter one")
        rows = {number: height_of(screen, number) for number in ("A001", "A002")}
        assert rows["A001"] > rows["A002"]

        # Whoever is on duty goes to her. Nothing on the wall, or in what reaches it, says why.
        escort = lobby.manager.alert("escort_wanted")
        assert (escort.number, escort.counter) == ("A001", 1)
        sent = p.encode(screen.app.view)
        assert not any(word in sent for word in (b"visual_call", b"escort", b"needs"))
        assert b'"long":true' in sent

        # The others have been up long enough when more are called; she stays her fifteen seconds.
        await lobby.later(seconds=8)
        for counter in (2, 3):
            await lobby.teller(counter).press(p.StartService)
            await lobby.teller(counter).finish()
        assert await lobby.teller(2).call_next() == "A004"
        assert await lobby.teller(3).call_next() == "A005"
        await screen.until(lambda: ("A005", 3) in screen.up)
        assert screen.up == [("A001", 1), ("A004", 2), ("A005", 3)]

        # She looks at her hands. Three calls over three minutes, each flashing and spoken again.
        for _ in range(2):
            refused = await lobby.teller(1).cannot(p.MarkMissed)
            assert refused.code == "TooEarlyToMiss"
            await lobby.later(seconds=95)
            await lobby.teller(1).press(p.RecallTicket)
            await screen.until(lambda: screen.spoken[-1] == "A001")
            assert ("A001", 1) in screen.up
        await lobby.later(seconds=10)
        await lobby.teller(1).press(p.MarkMissed)

        # She is not put away: back in the line by herself, behind one, near the head.
        assert (phone.view.state, phone.view.people_ahead) == ("waiting", 1)
        assert await lobby.teller(1).call_next() == "A006"
        await lobby.teller(1).press(p.StartService)
        await lobby.teller(1).finish()
        assert await lobby.teller(1).call_next() == "A001"
        await screen.until(lambda: ("A001", 1) in screen.up)
        for _ in range(2):
            await lobby.later(seconds=95)
            await lobby.teller(1).press(p.RecallTicket)
        await lobby.later(seconds=10)
        await lobby.teller(1).press(p.MarkMissed)
        assert phone.view.state == "waiting"
        assert await lobby.teller(1).call_next() == "A001"
        await screen.until(lambda: ("A001", 1) in screen.up)
        await lobby.teller(1).press(p.StartService)
        assert phone.view.state == "serving"


async def test_a_display_without_sound_is_known_at_the_board_and_at_the_counters(tmp_path):
    async with (
        hall("2026-11-16T09:00", tmp_path) as lobby,
        display_app(lobby, tmp_path) as screen,
    ):
        screen.player.fails = True
        await lobby.counters(1)
        await lobby.kiosk.take("A")
        await lobby.teller(1).call_next()
        await screen.until(lambda: screen.app.speaker.state == "no_sound")
        screen.app._tick()
        await lobby.manager.sees(lambda view: "voice" in [alert.kind for alert in view.alerts])
        await lobby.teller(1).sees(
            lambda view: [(v.station, v.state) for v in view.voices] == [("display-2", "no_sound")]
        )

        # All else goes on, and the next call is tried again.
        assert screen.up == [("A001", 1)]
        screen.player.fails = False
        await lobby.later(seconds=15)
        await lobby.teller(1).press(p.RecallTicket)
        await screen.until(lambda: screen.spoken == ["A001"])
        await lobby.manager.sees(lambda view: [v.state for v in view.voices] == ["speaking"])


def height_of(screen, number):
    """How many rows its big drawing and the sentence below take: from the sentence before."""
    rows = screen.text().splitlines()
    end = next(n for n, row in enumerate(rows) if f"{number}, please" in row)
    begin = max((n for n in range(end) if ", please" in rows[n]), default=0)
    drawn = [row for row in rows[begin + 1 : end] if "██" in row[:100]]
    return len(drawn)

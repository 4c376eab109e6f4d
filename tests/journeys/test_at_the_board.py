"""Days to live through, at the board's own screen: by keys at a desk, by touch on a tablet.

What happens in the branch in these journeys is told in the files that bear their numbers; here it
is the people in the lobby who look and act, at the program they have.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.board import board_app
from tests.journeys.hall import hall

TABLET = (100, 30)


def said(key, **values):
    return text("zh", key, **values)


async def test_journey_3_a_broken_machine_by_touch_and_the_reasons_by_key(tmp_path):
    async with (
        hall("2026-11-16T10:00", tmp_path) as lobby,
        board_app(lobby, "assistant", size=TABLET, touch=True) as tablet,
    ):
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2)
        await tablet.sign_in()
        assert await lobby.kiosk.take("A") == "A001"
        await lobby.at("10:02")
        assert await lobby.kiosk.take("A") == "A002"
        await lobby.at("10:03")
        await lobby.kiosk.take("A")
        she = await lobby.phone("A001")

        # The assistant shows her the machine: three touches, and the line is one shorter.
        await lobby.at("10:05")
        await tablet.touch("A001")
        await tablet.touch(said("board.verb.divert"))
        await tablet.touch("一号智能柜员机")
        assert (she.view.state, she.view.people_ahead) == ("diverted", None)
        await lobby.at("10:06")
        assert await lobby.teller(1).serve_next() == "A002"

        # The machine fails. It is marked, and from then on advised to nobody.
        await lobby.at("10:08")
        await tablet.touch(f"3 {said('board.tab.counters')}")
        await tablet.touch(said("board.key.page_down"))
        await tablet.touch("一号智能柜员机")
        await tablet.touch(said("board.verb.faulty"))
        assert lobby.manager.alert("machine_faulty").machine == "M1"
        await tablet.touch(f"1 {said('board.tab.line')}")
        await tablet.touch("A003")
        await tablet.touch(said("board.verb.divert"))
        await tablet.shows("二号智能柜员机")
        assert tablet.offered == ["二号智能柜员机"]
        await tablet.press("escape", "escape")

        # She comes back, found among those who are off the line, to where she was.
        await tablet.touch(f"2 {said('board.tab.off')}")
        await tablet.touch("A001")
        await tablet.touch(said("board.verb.back"))
        assert (she.view.state, she.view.people_ahead) == ("waiting", 0)
        assert await lobby.teller(2).serve_next() == "A001"

        # The board says why each was next.
        await tablet.press("5")
        await tablet.shows(said("board.why.longest_wait", minutes=8), "A001")
        await tablet.press("enter")
        await tablet.shows(said("board.passed_nobody"))


async def test_journey_5_the_manager_sees_why_a_wheelchair_waits_while_counter_1_is_free(tmp_path):
    async with (
        hall("2026-11-16T09:00", tmp_path) as lobby,
        board_app(lobby, "manager") as board,
    ):
        await board.sign_in()
        # The manager goes on duty: the form offers oneself.
        await board.press("m", "1", "1", "f2")
        assert [one.staff for one in lobby.head.view.duty] == ["manager"]
        await lobby.counters(1, 3)
        await lobby.kiosk.take("A")
        assert await lobby.teller(3).serve_next() == "A001"
        assert await lobby.give("A", needs=("low_counter",)) == "A002"
        await lobby.at("09:06")

        # In the line by her need; picked, with the low counter that she waits for.
        await board.press("1")
        await board.shows("A002", said("need.low_counter"))
        await board.press("enter")
        serving = f"三号窗口 ({said('ticket_state.serving')})"
        await board.shows(said("board.waits_for", counters=serving))
        await board.press("escape", "3")
        await board.shows(said("board.free"))

        # When she has been called, the board says by which rule, and after how long.
        await lobby.teller(3).finish()
        assert await lobby.teller(3).call_next() == "A002"
        await board.press("5")
        await board.shows("A002", said("board.why.longest_wait", minutes=6))


async def test_journey_8_the_peak_rings_and_window_4_opens_with_one_key(tmp_path):
    async with (
        hall("2026-11-16T10:28", tmp_path) as lobby,
        board_app(lobby, "supervisor", size=(80, 24)) as board,
    ):
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2, 3)
        await board.sign_in()
        for counter in (1, 2, 3):
            await lobby.kiosk.take("A")
            await lobby.teller(counter).serve_next()
        for n in range(13):
            await lobby.kiosk.take("AAF"[n % 3])
        await lobby.later(seconds=10)
        assert lobby.manager.alerts == ["long_line", "elastic_suggested"]

        # It stands out at once, and offers the one key that helps.
        await board.shows(said("alert_kind.elastic_suggested"))
        await board.press("e")
        assert lobby.display.counter(4).state == "open"
        await board.shows(said("board.done", what=said("command.OpenCounter")))
        await lobby.sign_in(4)
        await lobby.teller(4).serve_next()
        await lobby.later(seconds=10)
        assert lobby.manager.alerts == ["long_line"]

        # The alert is closed with what became of it.
        await board.press("4", "enter")
        await board.touch(said("board.verb.alert_solved"))
        assert lobby.head.alerts == []

        # Lunch: the last care counter may be paused by the supervisor only, who does it here.
        for counter in (1, 2, 3, 4):
            await lobby.teller(counter).finish()
        await lobby.teller(4).press(p.CloseAfterThis)
        for counter in (1, 2):
            await lobby.teller(counter).press(p.PauseCounter, reason="meal")
        assert (await lobby.teller(3).cannot(p.PauseCounter, reason="meal")).code == "LastCounter"
        await board.press("3")
        await board.touch("三号窗口")
        await board.touch(said("board.verb.pause"))
        await board.touch(said("pause_reason.meal"))
        assert lobby.teller(3).view.state == "paused"
        await board.shows(said("board.paused", reason=said("pause_reason.meal")))

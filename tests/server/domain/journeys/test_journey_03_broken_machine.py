"""A day to live through, 3: a broken machine.

A038 is diverted, the machine fails, she returns with her arrival time; V012 is called only at 8;
the board says why each was next.
"""

from server.domain.refusals import MachineFaulty
from shared.protocol import (
    ChangeLanes,
    CloseAlert,
    DivertToMachine,
    LeaveLine,
    ReturnFromMachine,
    SetMachine,
    WhyCalled,
)
from tests.server.domain.story import MINUTE


def test_a_broken_machine(story):
    # A morning lies behind them.
    for _ in range(37):
        story.given(LeaveLine, visit=story.take("A"))
    for _ in range(11):
        story.given(LeaveLine, visit=story.take("A", "vip"))
    story.open(1, 2, 8)
    story.at("10:00")
    assert story.take("A") == "A038"
    story.at("10:02")
    assert story.take("A") == "A039"
    story.at("10:03")
    assert story.take("A") == "A040"
    story.at("10:04")
    assert story.take("L", "vip") == "V012"
    assert story.take("L") == "L001"

    # The assistant shows A038 the machine for small amounts.
    story.at("10:05")
    story.given(DivertToMachine, visit="A038", machine="M1", by="lobby_assistant")
    assert [(t.number, t.machine) for t in story.board.off_line] == [("A038", "M1")]

    # Counter 1 calls A039: A038 is not in the line, and there is no call for V012 here.
    story.at("10:06")
    assert story.line(1) == ["A039", "A040"]
    assert story.serve(1) == "A039"
    assert story.visit("A039").why == WhyCalled(
        rule="longest_wait", waited_ms=4 * MINUTE, score=4.0
    )

    # The machine swallows a note. Nobody is sent there any more.
    story.at("10:08")
    story.given(SetMachine, machine="M1", state="faulty", by="lobby_assistant")
    assert story.alert("machine_faulty").machine == "M1"
    story.when(DivertToMachine, visit="A040", machine="M1").refused(MachineFaulty("M1"))

    # She comes back to where she was: before A040, with her eight minutes.
    story.given(ReturnFromMachine, visit="A038", by="lobby_assistant")
    assert story.ahead("A038") == 0
    assert story.line(2) == ["A038", "A040"]
    assert story.serve(2) == "A038"
    assert story.visit("A038").why == WhyCalled(
        rule="longest_wait", waited_ms=8 * MINUTE, score=8.0
    )

    # Room 8 calls the VIP: ahead there, with 5 + 2 x 4, and nobody passed who came earlier.
    assert story.line(8) == ["V012", "L001"]
    assert story.serve(8) == "V012"
    assert story.visit("V012").why == WhyCalled(
        rule="longest_wait", lane="vip", waited_ms=4 * MINUTE, score=13.0
    )

    # The board says why each of them was next; the display says only where to go.
    why = {c.current.number: c.current.why.rule for c in story.board.counters if c.current}
    assert why == {"A039": "longest_wait", "A038": "longest_wait", "V012": "longest_wait"}
    assert [(c.number, c.counter) for c in story.display.calls] == [
        ("V012", 8), ("A038", 2), ("A039", 1),
    ]  # fmt: skip

    # The machine works again, and the alert ceases by itself.
    story.at("10:20")
    story.given(SetMachine, machine="M1", state="working")
    story.later(seconds=10)
    assert "machine_faulty" not in story.alerts()


def test_a_vip_for_cash_is_called_ahead_only_at_room_eight_and_the_board_says_so(story):
    story.open(1, 8)
    story.take("A")
    story.at("09:05")
    story.take("A", "vip")
    story.at("09:10")

    assert story.line(1) == ["A001", "V001"]  # 10 and 5: ordinary at a shared counter
    assert story.line(8) == ["V001"]
    story.call(8)
    assert story.board.off_line[0].why.lane == "vip"
    assert story.serve(1) == "A001"


def test_staff_assign_the_vip_lane_quietly_and_the_number_stays(story):
    story.open(8)
    story.take("L")
    story.later(minutes=1)
    story.take("L")
    story.given(ChangeLanes, visit="L002", lanes=("vip",), reason="manager_decision")

    assert story.line(8) == ["L002", "L001"]


def test_somebody_dealt_with_the_machine_but_it_is_still_broken(story):
    story.given(SetMachine, machine="M1", state="faulty")
    story.given(CloseAlert, alert=1, outcome="referred_up")

    story.later(hours=1)

    assert story.alerts() == []

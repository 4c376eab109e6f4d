"""The board on a screen: looked at, touched, pressed, cut off."""

from typing import get_args

import pytest
from msgspec.structs import replace

from shared.i18n import text
from shared.printing.printer import PrinterAtWork
from shared.printing.settings import PrinterSettings
from shared.protocol import (
    Accepted,
    AlertKind,
    AlertShown,
    HouseAccepted,
    PromoteTicket,
    Refused,
    RequestHelp,
    SignedIn,
    TakeTicket,
)
from tests.lobby_display.board.halls import busy, off_the_line, quiet
from tests.lobby_display.board.one_board import SIZES, board
from tests.shared.printing.one_printer import printed

GIVEN = Accepted(id="x", seq=9, visit=83, number="A083", people_ahead=3, short_code="123456")
SIGNED_IN = SignedIn(id="x", token="t", staff="li", role="lobby_manager", until=0, idle_ms=300_000)


@pytest.mark.parametrize(
    ("size", "language"), [*zip(SIZES, ["zh", "en", "zh"], strict=True)], ids=str
)
async def test_the_line_shows_who_waits_how_long_and_who_is_late(size, language):
    async with board(size, story=busy(), language=language) as one:
        shown = one.text()

        assert "F002" in shown
        assert text(language, "board.late", n=6) in shown
        assert text(language, "board.promoted") in shown


async def test_every_page_has_a_number_key_and_a_touch():
    async with board((100, 30), story=busy()) as one:
        await one.press("3")
        counters = one.text()
        await one.touch(text("zh", "board.tab.calls"))
        calls = one.text()

        assert text("zh", "board.help_asked", kind=text("zh", "help_kind.authorise")) in counters
        assert text("zh", "board.why.longest_wait", minutes=12) in calls
        assert one.link.sent == []


async def test_whoever_is_off_the_line_is_shown_with_the_reason():
    async with board(story=off_the_line()) as one:
        await one.press("2")

        for group in ("called", "missed", "parked", "diverted", "held"):
            assert text("zh", f"board.off.{group}", n=1) in one.text()


async def test_an_empty_line_says_so_and_a_cut_line_never_looks_empty():
    async with board((80, 24), story=quiet()) as one:
        empty = one.text()
        one.link.become("stale")
        await one.settle()

        assert text("zh", "board.line.empty") in empty
        assert text("zh", "link.as_of", time="09:00:00") in one.text()
        assert one.app.screen.query_one("#main").grey


async def test_whoever_is_not_signed_in_sees_the_form_and_nothing_else():
    async with board(role="board", story=busy()) as one:
        shown = one.text()

        assert text("zh", "sign_in.heading") in shown
        assert "F002" not in shown


async def test_a_change_in_the_branch_is_seen_at_once():
    async with board(story=quiet()) as one:
        one.story.take("A")
        await one.push()

        assert "A001" in one.text()


# --- Doing ---------------------------------------------------------------------------------------


async def test_a_ticket_for_a_customer_takes_no_more_than_three_keys():
    """AX-13: nobody has to use a machine; a person issues the number at once."""
    async with board((80, 24), role="lobby_assistant", story=quiet()) as one:
        one.link.answer_with(GIVEN)

        await one.press("n", "1")

        (command,) = one.link.sent
        assert (command.service, command.reason) == ("A", None)
        assert "A083" in one.text()
        assert text("zh", "board.ahead", n=3) in one.text()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_ticket_for_a_customer_takes_two_touches(size):
    async with board(size, role="lobby_assistant", story=quiet()) as one:
        one.link.answer_with(GIVEN)

        await one.touch(text("zh", "board.key.issue_care"))
        await one.touch("F ")

        (command,) = one.link.sent
        assert (command.service, command.lanes) == ("F", ("care",))


async def test_a_touch_that_comes_twice_acts_once():
    async with board(role="lobby_assistant", story=quiet()) as one:
        one.link.answer_with(GIVEN, GIVEN)

        await one.touch(text("zh", "board.key.issue"), times=2)
        await one.touch("A ", times=2)

        assert len(one.link.sent) == 1


async def test_the_second_half_of_a_double_touch_does_not_pick_what_has_just_appeared():
    async with board(story=busy()) as one:
        await one.touch("A003", times=2)

        assert one.app.board.about.startswith("ticket:")
        assert one.app.board.verb == ""
        assert one.link.sent == []


async def test_a_ticket_is_promoted_by_keys_alone():
    async with board((80, 24), story=busy()) as one:
        await one.press("down", "down", "down", "down", "enter", "1", "1")

        (command,) = one.link.sent
        assert isinstance(command, PromoteTicket)
        assert command.visit == one.story.visit("A003").id
        assert text("zh", "command.PromoteTicket") in one.text()


async def test_a_refusal_is_shown_to_its_end_as_a_sentence():
    async with board((80, 24), story=busy()) as one:
        sentence = "No, " + "because of this " * 8
        one.link.answer_with(Refused(id="x", code="DayChanged", text=sentence))

        await one.press("down", "enter", "1", "1")

        shown = " ".join(line.strip() for line in one.shown())
        assert sentence.strip() in shown


async def test_escape_goes_back_one_step_at_a_time():
    async with board(story=busy()) as one:
        await one.press("enter", "1", "escape")
        picked = one.app.board.about
        await one.press("escape")

        assert picked.startswith("ticket:")
        assert one.app.board.about == ""
        assert "F002" in one.text()


async def test_what_is_typed_stays_while_the_branch_goes_on():
    async with board(role="branch_head", story=busy()) as one:
        await one.press("m")
        await one.touch(text("zh", "board.verb.handwritten"))
        await one.press("a", "0")
        one.story.take("F")
        await one.push()
        await one.press("7", "enter")

        assert dict(one.app.board.answers)["number"] == "A07"


async def test_nothing_is_sent_while_what_is_shown_is_old():
    async with board(story=busy()) as one:
        await one.press("enter", "1")
        one.link.become("stale")
        await one.settle()
        await one.press("1")

        assert one.link.sent == []
        assert text("zh", "board.not_current") in one.text()


async def test_an_answer_that_is_slow_is_worked_on_and_comes_once():
    async with board(role="lobby_assistant", story=quiet()) as one:
        one.link.hold()
        one.link.answer_with(GIVEN)
        await one.press("n", "1", "n", "1")
        waiting = len(one.link.sent)
        one.link.release()
        await one.settle()

        assert waiting == 1
        assert "A083" in one.text()


async def test_a_number_from_before_the_power_cut_is_shown_once():
    async with board(story=quiet()) as one:
        command = TakeTicket(id="take-00000000001", day="2026-11-16", service="A")
        one.link.recover(command, GIVEN)
        await one.settle()

        assert "A083" in one.text()


# --- Paper ---------------------------------------------------------------------------------------


class Printer:
    """All is well, and what it prints is kept."""

    def __init__(self):
        self.papers = []

    async def ask(self):
        return b"\x12\x12\x12"

    async def send(self, data):
        self.papers.append(printed(data).text)


async def test_the_ticket_comes_out_of_the_boards_printer_and_again_when_asked():
    device, at = Printer(), PrinterSettings(at="tcp:printer")
    printer = PrinterAtWork(device, now=lambda: 0.0), at
    async with board(role="lobby_assistant", story=quiet(), printer=printer) as one:
        one.link.answer_with(GIVEN)
        await one.press("n", "1")
        await one.touch(text("zh", "board.verb.print"))
        for _ in range(20):
            await one.pilot.pause()

        assert ["A083" in paper for paper in device.papers] == [True, True]


# --- Who -----------------------------------------------------------------------------------------


async def test_somebody_signs_in_and_sees_the_lobby():
    async with board((80, 24), role="board", story=busy()) as one:
        one.link.reply_with(SIGNED_IN)
        await one.press("l", "i", "enter", *"secret", "enter")
        one.link.push(one.story.board)
        await one.settle()

        assert "F002" in one.text()
        assert text("zh", "role.lobby_manager") in one.text()


async def test_a_wrong_secret_is_said_in_a_sentence():
    async with board((80, 24), role="board") as one:
        one.link.reply_with(Refused(id="x", code="WrongSecret", text="That was wrong."))
        await one.press("l", "i", "enter", *"secret", "enter")

        assert "That was wrong." in one.text()
        assert "secret" not in one.text()


async def test_a_password_is_chosen_at_the_board_with_the_one_time_code():
    async with board((80, 24), role="board", story=busy()) as one:
        one.link.reply_with(HouseAccepted(id="x", seq=1), SIGNED_IN)
        await one.press("f4")
        for typed in ("li", "KBCD-FGHJ", "long enough", "long enough"):
            await one.press(*("space" if sign == " " else sign for sign in typed), "enter")
        one.link.push(one.story.board)
        await one.settle()

        chosen, signed_in = one.link.requests
        assert (chosen.old, chosen.new, signed_in.secret) == (
            "KBCD-FGHJ",
            "long enough",
            "long enough",
        )
        assert text("zh", "role.lobby_manager") in one.text()


async def test_a_second_factor_is_shown_once_and_asked_for_where_the_board_is_set_to():
    async with board((80, 24), role="board", one_time_code=True) as one:
        one.link.reply_with(HouseAccepted(id="x", seq=1, otp_secret="JBSWY3DP"))
        await one.press("f4")
        for typed in ("au", "code", "longenough", "longenough"):
            await one.press(*typed, "enter")
        shown = one.text()
        await one.press("escape")
        one.link.reply_with(SIGNED_IN)
        for typed in ("au", "longenough", "123456"):
            await one.press(*typed, "enter")

        assert "JBSWY3DP" in shown
        assert "JBSWY3DP" not in one.text()
        assert one.link.requests[-1].otp == "123456"


async def test_whoever_signs_out_leaves_nothing_on_the_screen():
    async with board(role="auditor", story=busy()) as one:
        await one.press("m")
        await one.touch(text("zh", "board.verb.sign_out"))
        one.link.end_sign_in()
        await one.settle()

        assert "F002" not in one.text()
        assert text("zh", "sign_in.heading") in one.text()


async def test_a_board_left_alone_asks_for_the_secret_and_then_does_what_was_asked():
    async with board(story=busy()) as one:
        one.link.answer_with(Refused(id="x", code="Locked", text="It is locked."))
        await one.press("down", "enter", "1", "1")
        asked = one.text()
        one.link.reply_with(SIGNED_IN)
        await one.press(*"secret", "enter")

        assert text("zh", "sign_in.locked", staff="li") in asked
        assert [type(command) for command in one.link.sent] == [PromoteTicket, PromoteTicket]
        assert text("zh", "command.PromoteTicket") in one.text()


async def test_whoever_does_not_prove_it_again_goes_on_looking():
    async with board(role="branch_head", story=busy()) as one:
        one.link.answer_with(Refused(id="x", code="ProveAgain", text="Please prove it again."))
        await one.press("m")
        await one.touch(text("zh", "board.verb.preset"))
        await one.press("1")
        await one.press("escape")

        assert len(one.link.sent) == 1
        assert "Please prove it again." in one.text()
        assert "F002" in one.text()


async def test_a_board_that_is_not_wanted_any_more_says_so():
    async with board((80, 24), story=busy()) as one:
        one.link.refuse(Refused(id="", code="StationRevoked", text="Not wanted.", final=True))
        await one.settle()

        assert "Not wanted." in one.text()


# --- Alerts --------------------------------------------------------------------------------------


async def test_an_alert_rings_and_stands_out_until_somebody_looks():
    async with board((80, 24), story=quiet()) as one:
        one.story.given(RequestHelp, by="kiosk", station="kiosk-1")
        await one.push()
        await one.wait(1)
        await one.wait(1)
        after_two_seconds = one.app.rung
        await one.wait(5)
        standing_out = one.text()
        await one.press("4")
        await one.wait(5)
        await one.wait(5)

        assert after_two_seconds == 1
        assert one.app.rung == 2
        assert "kiosk-1" in standing_out
        assert text("zh", "board.alerts.seen") in one.text()


async def test_a_touch_on_the_alert_shows_all_of_them():
    async with board((80, 24), story=busy()) as one:
        await one.touch(text("zh", "alert_kind.elastic_suggested"))

        assert one.app.board.page == "alerts"


async def test_a_board_may_be_quiet():
    async with board(story=busy(), ring_seconds=0) as one:
        await one.wait(10)

        assert one.app.rung == 0


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_kind_of_alert_is_shown_and_closed_with_an_outcome(language):
    story, kinds = quiet(), get_args(AlertKind)
    alerts = [
        AlertShown(id=n, kind=kind, at=story.now, counter=3) for n, kind in enumerate(kinds, 1)
    ]
    async with board((100, 30), story=story, language=language) as one:
        one.link.push(replace(story.board, alerts=tuple(alerts)))
        await one.press("4")
        shown = one.text()
        while alerts:
            one.pass_by(1)
            await one.pilot.press("enter")
            await one.pilot.press(one.digit_of("verb:alert_solved"))
            alerts.pop()
            one.link.push(replace(story.board, alerts=tuple(alerts)))
            await one.pilot.pause()

        assert [k for k in kinds if text(language, f"alert_kind.{k}") not in shown] == []
        closed = [(command.alert, command.outcome) for command in one.link.sent]
        assert closed == [(n, "solved") for n in range(len(kinds), 0, -1)]


# --- Looks ---------------------------------------------------------------------------------------


async def test_rows_are_as_high_as_a_finger_on_a_tablet():
    async with board((100, 30), story=busy(), touch=True) as one:
        rows = [n for n, line in enumerate(one.shown()) if line.strip()[:4] in ("V001", "L001")]

        assert rows[1] - rows[0] == 2


async def test_language_and_colours_change_at_the_board():
    async with board(role="auditor", story=busy()) as one:
        await one.press("m")
        await one.touch(text("zh", "kiosk.other_language"))
        english = one.text()
        themes = {one.app.theme}
        for _ in range(2):
            await one.press("m")
            await one.touch(text("en", "board.verb.theme"))
            themes.add(one.app.theme)

        assert text("en", "board.promoted") in english
        assert len(themes) == 3


async def test_a_long_line_turns_over_and_never_scrolls():
    story = quiet()
    for _ in range(40):
        story.take("A")
    async with board((80, 24), story=story) as one:
        first = one.text()
        await one.press("pagedown")
        second = one.text()
        await one.press("pagedown", "pagedown", "pagedown", "pageup", "pageup")

        assert "A001" in first
        assert "A040" not in first
        assert "A001" not in second
        assert one.app.board.turned == 0
        assert not one.app.screen.query("ScrollBar")


async def test_the_keys_go_on_to_the_next_page_of_a_long_line():
    story = quiet()
    for _ in range(40):
        story.take("A")
    async with board((80, 24), story=story) as one:
        await one.press(*["down"] * 20)

        assert one.app.board.turned == 1


async def test_the_line_is_narrowed_by_the_arrows_and_by_touch():
    async with board((80, 24), story=busy()) as one:
        await one.press("right")
        by_key = one.app.board.narrowed.service
        await one.touch(f"{text('zh', 'lane.vip')} 1")

        assert by_key == "A"
        assert one.app.board.narrowed.lane == "vip"
        assert "V001" in one.text()
        assert "A003" not in one.text()

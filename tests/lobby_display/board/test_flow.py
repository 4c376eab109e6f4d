"""What a touch and an answer do, without a screen."""

from typing import Any

import pytest
from msgspec.structs import replace

from lobby_display.board import flow
from lobby_display.board.flow import Board, SignOut, Turn
from lobby_display.board.pages import Filter
from lobby_display.board.questions import question_of
from server.domain.known import Known
from shared import protocol as p
from shared.i18n import text
from tests.lobby_display.board.desks import Hands, desk_of
from tests.lobby_display.board.halls import busy, off_the_line, quiet
from tests.lobby_display.board.test_verbs import ANNA


def hands_at(story, role="branch_head", **more):
    return Hands(desk_of(story, role, **more))


def ticket(story, number):
    return f"ticket:{story.visit(number).id}"


def told_of(board):
    assert board.told is not None
    return board.told


# --- Issuing a ticket ----------------------------------------------------------------------------


def test_a_ticket_for_a_customer_takes_two_touches():
    hands = hands_at(quiet(), "lobby_assistant")

    hands.touch("verb:issue").choose("A")

    assert hands.command == p.TakeTicket(
        id="command-00000001", day="2026-11-16", service="A", lanes=()
    )


def test_a_ticket_in_the_care_lane_takes_two_touches_too():
    hands = hands_at(quiet(), "lobby_assistant")

    hands.touch("verb:issue_care").choose("F")

    assert (hands.command.service, hands.command.lanes) == ("F", ("care",))


def test_a_ticket_with_everything_asks_for_everything():
    hands = hands_at(quiet())

    hands.touch("verb:issue_more").choose("L").choose("vip").choose("escort").choose("en")

    command = hands.command
    assert (command.lanes, command.needs, command.language) == (("vip",), ("escort",), "en")


def test_outside_the_ticket_window_staff_say_why():
    story = quiet()
    story.given(p.StopIssuing, service="A", reason="peak", by="operations_supervisor")
    hands = hands_at(story)

    hands.touch("verb:issue").choose("A")
    asked = hands.question.name
    hands.choose("agreed_with_customer")

    assert asked.endswith("reason")
    assert hands.command.reason == "agreed_with_customer"


def test_the_number_that_was_given_is_shown_and_printed_and_printed_again():
    story = quiet()
    hands = hands_at(story, prints=True)
    hands.touch("verb:issue").choose("A")
    story.take("A")
    hands.desk = desk_of(story, prints=True)
    reply = p.Accepted(
        id="x", seq=9, visit=1, number="A001", people_ahead=3, short_code="123456", link="l"
    )

    hands.board = flow.answered(hands.board, hands.command, reply, hands.desk)
    shown = hands.question
    hands.choose("print")

    assert shown.heading.startswith("A001")
    assert text("zh", "board.ahead", n=3) in shown.lines
    assert text("zh", "board.short_code", code="123 456") in shown.lines
    assert [issued.number for issued in hands.printed] == ["A001"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_number_is_printed_in_its_customers_language_whatever_the_boards(language):
    story = quiet()
    story.take("A", language=language)
    reply = p.Accepted(id="x", seq=9, visit=1, number="A001")
    new: Any = {"id": "x" * 16, "day": "2026-11-16"}
    for desk in (desk_of(story, language="zh"), desk_of(story, language="en")):
        taken = flow.issued_by(p.TakeTicket(**new, service="A", language=language), reply, desk)
        again = flow.issued_by(p.ReprintTicket(**new, visit=1), reply, desk)

        assert (taken.language, again.language) == (language, language)


# --- Once is once --------------------------------------------------------------------------------


def test_while_a_command_is_on_its_way_nothing_is_sent_a_second_time():
    hands = hands_at(quiet())

    hands.touch("verb:issue").choose("A").choose("A").touch("verb:issue").choose("A")

    assert len(hands.commands) == 1
    assert hands.board.busy


def test_an_answer_brings_the_page_back():
    hands = hands_at(busy())
    hands.touch("machine:M1").choose("verb:working")

    board = flow.answered(hands.board, hands.command, p.Accepted(id="x", seq=9), hands.desk)

    assert not flow.is_asking(board)
    assert told_of(board).words == text("zh", "board.done", what=text("zh", "command.SetMachine"))


def test_a_refusal_is_a_sentence():
    hands = hands_at(busy())
    hands.touch("machine:M1").choose("verb:working")
    refused = p.Refused(id="x", code="DayChanged", text="That was another day.")

    board = flow.answered(hands.board, hands.command, refused, hands.desk)

    assert (told_of(board).words, told_of(board).kind) == ("That was another day.", "refused")
    assert not board.busy


def test_what_nobody_will_ever_know_is_said_so():
    hands = hands_at(busy())
    hands.touch("machine:M1").choose("verb:working")

    board = flow.answered(hands.board, hands.command, None, hands.desk)

    assert told_of(board).words == text("zh", "link.unknown_outcome")


def test_somebody_who_is_unlocked_is_unlocked_without_a_day():
    hands = hands_at(quiet())

    hands.touch("more").choose("verb:unlock_staff").choose(note="teller-1")

    assert hands.command == p.UnlockStaff(id="command-00000001", staff="teller-1")
    answer = p.HouseAccepted(id="x", seq=3)
    board = flow.answered(hands.board, hands.command, answer, hands.desk)
    assert told_of(board).kind == "done"


# --- Questions -----------------------------------------------------------------------------------


def test_a_ticket_is_promoted_with_a_reason():
    story = busy()
    hands = hands_at(story)

    hands.touch(ticket(story, "A003")).choose("verb:promote").choose("waited_too_long")

    command = hands.command
    assert (command.visit, command.reason) == (story.visit("A003").id, "waited_too_long")


def test_lanes_and_needs_begin_with_what_is_set():
    story = busy()
    hands = hands_at(story).touch(ticket(story, "A006"))

    hands.choose("verb:needs")
    _, answer = flow_question(hands)

    assert answer.ticked == ("low_counter",)


@pytest.mark.parametrize("typed", ["7", " 007 "])
def test_a_pager_is_handed_out_by_its_number(typed):
    story = busy()

    hands = hands_at(story, "lobby_assistant").touch(ticket(story, "A003"))
    hands.choose("verb:pager").choose(note=typed)

    assert hands.command == p.BindPager(
        id="command-00000001", day="2026-11-16", visit=story.visit("A003").id, pager=7
    )


@pytest.mark.parametrize("typed", ["", "0", "12345", "7a", "\u0667"])
def test_what_is_no_number_of_a_pager_is_asked_again_in_a_sentence(typed):
    story = busy()
    hands = hands_at(story).touch(ticket(story, "A003")).choose("verb:pager")

    hands.choose(note=typed)

    assert text("zh", "board.unfit.pager") in hands.question.lines
    assert hands.effects == []


def test_a_ticket_with_a_pager_says_so_and_offers_to_take_it_back_or_to_report_it():
    story = busy()
    story.given(p.BindPager, visit="A003", pager=7)
    hands = hands_at(story).touch(ticket(story, "A003"))

    assert text("zh", "screen.pager", pager=7) in " ".join(hands.question.lines)
    assert "verb:pager" not in hands.words
    assert {"verb:pager_back", "verb:pager_lost"} <= set(hands.words)
    assert hands.choose("verb:pager_lost").command == p.ReportPager(
        id="command-00000001", day="2026-11-16", pager=7, state="lost"
    )


def test_a_pager_that_was_not_given_back_is_taken_back_at_its_alert_or_from_a_list():
    story = busy()
    story.given(p.BindPager, visit="A003", pager=7)
    story.given(p.LeaveLine, visit="A003")
    story.later(minutes=1)
    alert = story.alert("pager_kept")
    at_alert = hands_at(story, "lobby_assistant").touch(f"alert:{alert.id}")
    from_list = hands_at(story, "lobby_assistant").touch("more").choose("verb:pager_found")
    manager = hands_at(story, "lobby_manager").touch(f"alert:{alert.id}")

    assert text("zh", "screen.pager", pager=7) in " ".join(at_alert.question.lines)
    back = p.ReleasePager(id="command-00000001", day="2026-11-16", pager=7)
    assert at_alert.choose("verb:alert_pager_back").command == back
    assert [option.label for option in from_list.question.options] == [
        text("zh", "screen.pager", pager=7)
    ]
    assert from_list.choose("7").command == back
    assert "verb:alert_solved" in manager.words
    assert "verb:alert_no_action" not in manager.words


def test_a_question_is_put_away_one_step_at_a_time():
    story = busy()
    hands = hands_at(story).touch(ticket(story, "A003")).choose("verb:promote")

    once = flow.given_up(hands.board)
    twice = flow.given_up(once)

    assert (once.verb, once.about) == ("", ticket(story, "A003"))
    assert not flow.is_asking(twice)


def test_giving_up_is_asked_twice_because_it_is_final():
    story = busy()
    hands = hands_at(story).touch(ticket(story, "A003")).choose("verb:give_up")

    hands.choose("mistake")
    lines = hands.question.lines
    before = list(hands.effects)
    hands.choose("yes")

    assert text("zh", "board.sure_of.give_up") in lines
    assert before == []
    assert isinstance(hands.command, p.GiveUpTicket)


@pytest.mark.parametrize(("typed", "key"), [("25:00", "time"), ("", "time"), ("now", "time")])
def test_a_time_that_is_none_is_asked_again_in_a_sentence(typed, key):
    hands = hands_at(quiet()).touch("more").choose("verb:handwritten")

    hands.choose(note="A012").choose("A").choose(note=typed)

    assert text("zh", f"board.unfit.{key}") in hands.question.lines
    assert hands.effects == []


@pytest.mark.parametrize(
    ("verb", "typed", "key"),
    [("handwritten", "Nr 5", "number"), ("sign_on", "", "staff"), ("unlock_staff", "a b", "staff")],
)
def test_what_was_typed_wrong_is_said_in_a_sentence(verb, typed, key):
    hands = hands_at(quiet()).touch("more").choose(f"verb:{verb}")

    hands.choose(note=typed)

    assert text("zh", f"board.unfit.{key}") in hands.question.lines


def test_a_number_written_by_hand_is_entered_with_its_times_in_the_branchs_zone():
    story = quiet()
    hands = hands_at(story).touch("more").choose("verb:handwritten")

    hands.choose(note="a012").choose("A").choose(note="0850").choose().choose("served")
    hands.choose("3").choose(note="8:52").choose(note="0858")

    command = hands.command
    assert command.number == "A012"
    assert command.taken_at == story.moment("08:50")
    assert (command.counter, command.started_at, command.finished_at) == (
        3,
        story.moment("08:52"),
        story.moment("08:58"),
    )


def test_whoever_still_waits_on_paper_is_asked_nothing_of_a_counter():
    hands = hands_at(quiet()).touch("more").choose("verb:handwritten")

    hands.choose(note="A012").choose("A").choose(note="0850").choose("care").choose("waiting")

    assert hands.command.lanes == ("care",)
    assert hands.command.counter is None


def test_a_message_goes_out_in_both_languages_by_touch_alone():
    hands = hands_at(quiet()).touch("more").choose("verb:send_message")

    hands.choose("cash").choose("30")

    command = hands.command
    assert command.zh == text("zh", "board.message.cash")
    assert command.en == text("en", "board.message.cash")
    assert command.minutes == 30


def test_own_words_are_typed_in_both_languages():
    hands = hands_at(quiet()).touch("more").choose("verb:send_message").choose("own")

    hands.choose(note=" ").choose(note="one").choose(note="two").choose("10")

    assert (hands.command.zh, hands.command.en, hands.command.minutes) == ("one", "two", 10)


def test_closing_the_day_says_that_somebody_is_still_here():
    hands = hands_at(busy()).touch("more").choose("verb:close_day").choose("yes")

    assert hands.command.leftovers is True


def test_closing_an_empty_day_confirms_nothing_else():
    hands = hands_at(quiet()).touch("more").choose("verb:close_day").choose("yes")

    assert hands.command.leftovers is False


def test_the_duty_is_handed_to_oneself_by_touch_or_to_another_by_name():
    story = busy()
    one = hands_at(story, "branch_head").touch("duty:li").choose("verb:hand_over").choose("sun")
    other = hands_at(story).touch("duty:li").choose("verb:hand_over").choose(note="zhao")

    assert (one.command.staff, one.command.to) == ("li", "sun")
    assert other.command.to == "zhao"


def test_the_elastic_window_opens_with_one_touch():
    story = busy()
    alert = story.alert("elastic_suggested")

    hands = hands_at(story, "operations_supervisor").touch(f"elastic:{alert.id}")

    assert hands.command == p.OpenCounter(id="command-00000001", day="2026-11-16", counter=4)


def test_whoever_may_not_open_it_is_told_whom_to_ask():
    story = busy()
    alert = story.alert("elastic_suggested")

    hands = hands_at(story, "lobby_manager").touch(f"elastic:{alert.id}")
    nothing = list(hands.effects)
    hands.touch(f"alert:{alert.id}")

    who = text("zh", "role.operations_supervisor")
    assert nothing == []
    assert text("zh", "board.ask_them", who=who) in hands.question.lines
    assert "verb:open_elastic" not in hands.words


def test_a_verb_that_is_not_offered_does_nothing():
    hands = hands_at(busy(), "lobby_assistant")

    hands.touch("verb:close_day").choose("verb:emergency")

    assert not flow.is_asking(hands.board)
    assert hands.effects == []


# --- Pages ---------------------------------------------------------------------------------------


def test_a_tab_begins_at_its_first_page():
    hands = hands_at(busy()).touch("turn:1").touch("tab:counters")

    assert (hands.board.page, hands.board.turned) == ("counters", 0)


def test_the_line_is_narrowed_to_a_service_or_a_lane():
    hands = hands_at(busy())

    assert hands.touch("narrow:A").board.narrowed == Filter(service="A")
    assert hands.touch("lane:vip").board.narrowed == Filter(lane="vip")
    assert hands.touch("narrow:").board.narrowed == Filter()


def test_a_word_nobody_knows_changes_nothing():
    hands = hands_at(busy())

    assert hands.touch("what:ever").touch("tab:nowhere").board == Board()


def test_what_has_gone_meanwhile_is_said_to_be_gone():
    hands = hands_at(quiet())

    for about in ("ticket:99", "counter:99", "alert:99", "call:99", "message:99", "service:Z"):
        hands.touch(about)
        assert hands.question.heading == text("zh", "board.gone")
        assert hands.words == ["back"]


def test_language_colours_and_signing_out_are_among_the_rest():
    hands = hands_at(busy(), "auditor")

    hands.touch("more").choose("language").touch("more").choose("theme")
    hands.touch("more").choose("sign_out")

    assert hands.effects == [Turn("language"), Turn("theme"), SignOut()]


def test_whose_ticket_it_is_is_shown_as_the_view_has_it():
    story = quiet()
    story.take("A")
    (recorded,) = story.given(p.RecordPerson, visit="A001", name="Anna Weber")
    story.known = Known({recorded.person: ANNA})

    hands = hands_at(story).touch("ticket:1")

    assert any("A* 138****8000" in line for line in hands.question.lines)


# --- Alerts --------------------------------------------------------------------------------------


def test_alerts_are_new_until_somebody_touches_the_board_with_them_before_their_eyes():
    hands = hands_at(busy())
    new = flow.unlooked(hands.board, hands.desk)

    elsewhere = hands.touch("tab:counters").board
    looked = hands.touch("tab:alerts").board

    assert len(new) == len(hands.desk.view.alerts)
    assert flow.unlooked(elsewhere, hands.desk) == new
    assert flow.unlooked(looked, hands.desk) == frozenset()


def test_an_alert_that_comes_while_nobody_is_there_is_new_also_on_its_own_page():
    story = busy()
    hands = hands_at(story).touch("tab:alerts")
    story.given(p.RequestHelp, by="kiosk", station="kiosk-2")
    hands.desk = desk_of(story)

    new = flow.unlooked(hands.board, hands.desk)

    assert new == {story.board.alerts[-1].id}


def test_another_day_begins_with_new_alerts():
    board = replace(Board(), looked=frozenset({1, 2}))

    assert flow.told_again(board, "2026-11-17", "2026-11-16").looked == frozenset()
    assert flow.told_again(board, "2026-11-17", "2026-11-17").looked == {1, 2}


def test_everybody_off_the_line_can_be_picked():
    story = off_the_line()
    hands = hands_at(story)

    for number in ("A001", "A002", "A003", "A004"):
        hands.touch(ticket(story, number))
        assert number in hands.question.heading


def flow_question(hands):
    return question_of(hands.board, hands.desk)

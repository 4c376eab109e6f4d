"""The counter on a screen: pressed, touched, refused, left alone, cut off, replaced."""

import asyncio
from typing import get_args

import pytest
from msgspec.structs import replace

from counter.app import COLOURS
from server.domain.known import Known, PersonKnown
from server.domain.views import Views, in_full
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from shared.link import LinkEndedError
from shared.printing.printer import PrinterAtWork
from shared.ui.choice import OptionKey
from shared.ui.keys import Key
from tests.counter.one_counter import SIZES, counter
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.shared.printing.one_printer import OUT, READY, printed


def story_at(time="09:00"):
    return Story(_default_branch(), f"{MONDAY} {time}")


async def serving(one):
    """Somebody is being served."""
    one.story.open(one.counter, 2)
    one.story.take("A")
    await one.push()
    await one.press("f2", "f4")


# --- Signing in ------------------------------------------------------------------------------


async def test_whoever_signs_in_sees_the_desk_and_nobody_else_does():
    async with counter(signed_in=False) as one:
        form = one.text()
        await one.sign_in()
        await one.push()

        assert text("zh", "sign_in.heading") in form
        assert "481516" not in one.text()
        assert one.link.requests[0].staff == "teller-1"
        assert one.says("counter.nobody.closed")


async def test_a_new_colleague_chooses_a_pin_at_the_counter_and_is_signed_in():
    async with counter(signed_in=False) as one:
        one.link.reply_with(
            p.Refused(id="x", code="SecretTooShort", text="", values={"characters_min": 6}),
        )
        await one.press("f4")
        for typed in ("teller-1", "KBCD-FGHJ", "4815", "4815"):
            await one.write(typed)
            await one.press("enter")
        short = one.says("refusal.SecretTooShort", characters_min=6)
        for typed in ("481516", "481516"):
            await one.write(typed)
            await one.press("enter")

        assert short
        _, chosen, signed_in = one.link.requests
        assert (chosen.staff, chosen.old, chosen.new) == ("teller-1", "KBCD-FGHJ", "481516")
        assert (signed_in.staff, signed_in.secret) == ("teller-1", "481516")
        assert one.app.staff == "teller-1"


async def test_a_wrong_pin_is_refused_in_words_and_the_desk_stays_dark():
    async with counter(signed_in=False, settings={"language": "en"}) as one:
        one.link.reply_with(p.Refused(id="x", code="SignInWrong", text="?"))
        await one.sign_in()

        assert one.says("refusal.SignInWrong")
        assert one.app.staff is None


async def test_a_terminal_left_alone_locks_itself_and_shows_nobody():
    async with counter() as one:
        await serving(one)
        await one.later(minutes=14)
        still = one.text()
        await one.later(minutes=2)
        locked = one.text()
        await one.press("f5")
        await one.write("481516")
        await one.press("enter")
        await one.push()

        assert "teller1" in still
        assert one.app.say("sign_in.locked", staff="teller-1") in locked
        assert "FinishService" not in one.sent
        assert isinstance(one.link.requests[-1], p.Unlock)
        assert one.says("counter.unlocked")
        assert one.says("counter.serving", time="16:00")


async def test_a_server_that_has_locked_the_terminal_asks_for_the_pin():
    async with counter() as one:
        one.link.answer_with(p.Refused(id="x", code="Locked", text="?"))
        await one.press("f2")

        assert one.says("sign_in.locked", staff="teller-1")
        assert one.says("refusal.Locked")


async def test_whoever_signs_in_elsewhere_is_told_here_why_it_is_dark():
    async with counter() as one:
        one.link.end_sign_in("elsewhere")
        await one.settle()

        assert one.says("sign_in.ended.elsewhere")
        assert one.app.view is None


async def test_a_newer_terminal_at_this_counter_ends_this_one_in_words_without_a_fight():
    async with counter() as one:
        await serving(one)
        one.link.refuse(p.Refused(id="", code="Superseded", text="?", final=True))
        await one.settle()
        shown = one.says("counter.superseded")
        await one.press("f5")
        still = one.app.is_running
        await one.press("f2")

        assert shown
        assert still
        assert one.sent == ["CallNext", "StartService"]
        assert one.app.return_value == 0


async def test_signing_out_closes_the_counter_first():
    async with counter() as one:
        one.story.open(1, 2)
        await one.push()
        await one.press("q", "1")

        assert one.sent == ["CloseCounter"]
        assert isinstance(one.link.requests[-1], p.SignOut)
        assert one.says("sign_in.heading")


async def test_a_refused_close_does_not_sign_out():
    async with counter() as one:
        one.story.open(1)
        one.story.take("A")
        await one.push()
        await one.press("q", "1")

        assert one.app.staff == "teller-1"
        assert one.says("refusal.LastCounter", service=one.app.speaker.service("A"))


# --- Pressing --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_commonest_verbs_are_one_key_each(size):
    async with counter(size) as one:
        one.story.take("A")
        one.story.take("A")
        await one.push()
        await one.press("f2", "f2", "f4", "f6", "f4", "f5")

        assert one.sent == [
            "OpenCounter",
            "CallNext",
            "StartService",
            "FinishService",
            "CallNext",
            "StartService",
            "FinishService",
        ]
        assert one.story.state("A002") == "done"


async def test_every_verb_can_be_touched():
    async with counter((160, 45)) as one:
        one.story.take("A")
        await one.push()
        await one.touch("next")
        await one.touch("next")
        await one.touch("start")
        await one.touch("outcome")
        await one.pilot.click(list(one.app.screen.query(OptionKey))[2])
        await one.settle()

        assert one.sent[-1] == "FinishService"
        assert one.link.sent[-1].outcome == "referred"


async def test_a_double_press_never_calls_twice():
    async with counter() as one:
        one.story.open(1, 2)
        one.story.take("A")
        one.story.take("A")
        await one.push()
        one.link.hold()
        await one.pilot.press("f2", "f2", "f2")
        await one.settle()
        one.link.release()
        await one.settle()

        assert one.sent == ["CallNext"]
        assert [one.story.state(number) for number in ("A001", "A002")] == ["called", "waiting"]


async def test_the_next_ticket_is_shown_before_all_that_is_drawn_with_it():
    async with counter() as one:
        one.story.open(1, 2)
        one.story.take("A")
        await one.push()
        panel, lists = (one.app.screen.query_one(name) for name in ("TicketPanel", "ListsPanel"))
        before = lists.lists

        one.story.call(1)
        one.link.push(one.feed())
        while not panel.ticket.number:  # noqa: ASYNC110 - each turn of the loop is looked at
            await asyncio.sleep(0)

        assert lists.lists == before
        await one.settle()
        assert lists.lists != before
        assert one.panel_says("counter.called", n=1, time="0:00")


async def test_a_trembling_hand_presses_once():
    async with counter() as one:
        await serving(one)
        one.story.take("A")
        await one.push()
        await one.pilot.press("f6")
        await one.settle()
        await one.pilot.press("f6")
        await one.settle()

        assert one.sent[2:] == ["FinishService", "CallNext"]


async def test_another_key_waits_for_the_answer_and_says_so():
    async with counter() as one:
        await serving(one)
        one.link.hold()
        await one.press("f5", "f8")
        told = one.told
        one.link.release()
        await one.settle()

        name = one.app.say("command.FinishService")
        assert told == one.app.say("counter.pending", command=name)
        assert one.sent[-1] == "FinishService"


async def test_finish_and_call_calls_nobody_where_the_visit_goes_on_here():
    async with counter() as one:
        await serving(one)
        one.story.take("A")
        await one.press("a", "2")
        await one.press("f6")

        assert one.sent[-2:] == ["AddTransaction", "FinishService"]
        assert one.told == one.app.say("counter.goes_on", number="A001")
        assert one.story.state("A002") == "waiting"


async def test_finish_and_call_with_nobody_waiting_finishes_and_says_so():
    async with counter() as one:
        await serving(one)
        await one.press("f6")

        assert one.sent[-1] == "FinishService"
        assert one.app.say("refusal.NobodyWaiting") in one.told


async def test_a_lost_finish_calls_nobody():
    async with counter() as one:
        await serving(one)
        one.link.answer_with(LinkEndedError(None))
        await one.press("f6")

        assert one.sent[-1] == "FinishService"
        assert one.told == one.app.say("link.unknown_outcome")


async def test_missed_too_early_says_why_and_counts_down():
    async with counter() as one:
        one.story.open(1, 2)
        one.story.take("A")
        await one.push()
        await one.press("f2", "f7")
        told = one.told
        for _ in range(2):
            await one.later(seconds=10)
            await one.press("f3")
        await one.press("f7")
        wait = one.told
        await one.later(seconds=10)
        await one.press("f7")

        assert told == one.app.say("refusal.TooEarlyToMiss", calls=1, calls_min=3, gap_seconds=10)
        assert wait == one.app.say("counter.not.miss_wait", seconds=10)
        assert one.sent == ["CallNext", "RecallTicket", "RecallTicket", "MarkMissed"]
        assert one.story.state("A001") == "missed"


async def test_undo_is_shown_with_its_seconds_and_takes_back():
    async with counter((160, 45)) as one:
        await serving(one)
        await one.press("f5")
        await one.later(seconds=20)
        shown = one.says("counter.key.undo")
        keys = [key.shown.label for key in one.app.screen.query(Key) if key.shown.word == "undo"]
        await one.press("u")

        assert shown
        assert keys[0].endswith(" 40")
        assert one.story.state("A001") == "serving"


async def test_closing_after_this_one_strands_nobody():
    async with counter() as one:
        await serving(one)
        await one.press("c")
        closing = one.text()
        await one.press("f6")

        assert one.app.say("counter.closing_soon") in closing
        assert one.story.state("A001") == "done"
        assert one.story.counter(1).state == "closed"
        assert one.sent[-1] == "FinishService"


async def test_keys_are_reached_by_tab_and_pressed_by_enter():
    async with counter() as one:
        one.story.open(1, 2)
        one.story.take("A")
        await one.push()
        await one.press("tab")
        focus = one.linear
        await one.press("enter")

        assert "F2" in focus
        assert one.sent == ["CallNext"]


async def test_every_key_is_three_rows_high_and_inside_the_screen():
    for size in SIZES:
        async with counter(size) as one:
            keys = list(one.app.screen.query(Key))

            assert keys
            assert all(key.region.height == 3 for key in keys)
            assert all(one.app.screen.region.contains_region(key.region) for key in keys)


# --- Papers ----------------------------------------------------------------------------------


class Device:
    """A printer without a cable."""

    def __init__(self, status=READY):
        self.papers, self.status = [], status

    async def ask(self):
        return self.status

    async def send(self, data):
        self.papers.append(printed(data).text)


async def test_missing_papers_are_ticked_printed_and_on_the_phone_page():
    device = Device()
    async with counter(printer=PrinterAtWork(device, now=lambda: 0.0)) as one:
        await serving(one)
        await one.press("o", "2", "1", "tab")
        await one.write("visa")
        await one.press("enter", "enter")

        (papers,) = (command.papers for command in one.link.sent if hasattr(command, "papers"))
        phone = one.story.feed(f"TicketView:{one.story.visit('A001').id}")
        assert papers[1:] == ("visa",)
        assert phone.missing_papers == papers
        assert one.says("counter.printed")
        assert "visa" in device.papers[0]
        assert text("zh", "paper.missing") in "".join(device.papers[0].split())


async def test_a_printer_without_paper_is_told_and_the_list_is_on_the_phone():
    async with counter(printer=PrinterAtWork(Device(OUT), now=lambda: 0.0)) as one:
        await serving(one)
        await one.press("o", "2", "1", "enter")

        assert one.says("counter.not_printed", state=one.app.say("printer_state.paper_out"))


async def test_an_appointment_booked_for_a_customer_comes_out_of_the_printer():
    device = Device()
    async with counter(printer=PrinterAtWork(device, now=lambda: 0.0)) as one:
        ten = one.story.moment("10:00")
        slots = (p.SlotShown(at=ten, room=1),)
        one.link.reply_with(p.SlotsFound(id="x", seq=1, service="F", slots=slots))
        one.link.answer_with(
            p.Accepted(id="x", seq=8, appointment=7),
            p.Accepted(id="x", seq=9, appointment=7, slot=ten, short_code="012345"),
        )
        await one.press("d", "1", "2", "3", "enter")  # a new one, for accounts, in English
        await one.press("1", "1", "enter", "enter")  # the day, the time, no note, no address

        assert one.sent == ["HoldSlot", "BookAppointment"]
        assert "012345" in device.papers[0]
        assert f"{MONDAY} 10:00" in " ".join(device.papers[0].split())
        assert text("en", "paper.appointment") in device.papers[0]


async def test_without_a_printer_it_is_said_what_to_do():
    async with counter() as one:
        await serving(one)
        await one.press("o", "2", "1", "enter")

        assert one.says("counter.no_printer")


# --- The server is away ----------------------------------------------------------------------


async def test_while_the_server_is_away_keys_are_refused_and_the_ticket_stays():
    async with counter() as one:
        await serving(one)
        one.link.become("stale")
        await one.settle()
        await one.press("f5")
        cut = one.text()
        told = one.told
        one.link.become("live")
        await one.settle()
        await one.press("f5")

        assert text("zh", "link.as_of", time="09:00") in cut
        assert told == one.app.say("counter.offline", what=one.app.say("counter.key.finish"))
        assert one.app.say("counter.serving", time="0:00") in cut
        assert one.app.screen.query_one("#desk").has_class("-stale") is False
        assert one.sent[-1] == "FinishService"


async def test_what_was_asked_for_just_before_the_cut_is_kept_and_resolved():
    async with counter() as one:
        await serving(one)
        one.link.hold()
        await one.press("f5")
        one.link.become("stale")
        await one.settle()
        kept = one.told
        one.link.become("live")
        one.link.release()
        await one.settle()

        name = one.app.say("command.FinishService")
        assert kept == one.app.say("counter.kept", command=name)
        assert one.told == one.app.say("counter.done_plain", command=name)
        assert one.sent.count("FinishService") == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_asked_for_before_the_power_went_is_told_once(language):
    async with counter(settings={"language": language}) as one:
        called = p.CallNext(id="call-0000000001", day=MONDAY, counter=1)
        one.link.recover(called, p.Accepted(id="x", seq=9, number="A007"))
        await one.settle()
        accepted = one.told
        one.link.recover(called, p.Refused(id="x", code="NobodyWaiting", text="?"))
        await one.settle()

        name = one.app.say("command.CallNext")
        assert accepted == one.app.say("counter.recovered", command=name, number="A007")
        why = one.app.say("refusal.NobodyWaiting")
        assert one.told == one.app.say("counter.recovered_refused", command=name, why=why)


async def test_the_clock_of_the_service_is_the_branchs_and_not_the_terminals():
    story = story_at("10:00")
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.later(minutes=7)
    async with counter(story=story) as one:
        # As after a restart: nothing is known here but the view.
        assert one.says("counter.serving", time="7:00")


# --- For everybody ---------------------------------------------------------------------------


async def test_the_last_line_says_what_changed_and_where_the_keyboard_is():
    async with counter() as one:
        one.story.open(1, 2)
        await one.push()
        one.story.take("A")
        await one.push()
        line = one.linear
        await one.press("f2")
        done = one.linear
        await one.press("f8")
        question = one.linear

        assert one.app.say("counter.news.line", n=1) in line
        assert "A001" in done
        options = len(get_args(p.ParkReason))
        first = one.app.say("park_reason.papers")
        assert one.app.say("choice.of", n=1, all=options, option=first) in question


class Voice:
    """Keeps what it was told to read."""

    def __init__(self):
        self.read = []

    def say(self, sentences, language, *, loud):
        self.read.append((sentences[0], language))


async def test_in_speech_the_last_line_is_read_as_it_changes():
    voice = Voice()
    async with counter(voice=voice, settings={"speech": True, "language": "en"}) as one:
        one.story.open(1, 2)
        one.story.take("A")
        await one.push()
        await one.press("f2")
        read = len(voice.read)
        one.app._tick()
        await one.settle()

        assert "A001" in voice.read[-1][0]
        assert voice.read[-1][1] == "en"
        assert len(voice.read) == read


async def test_the_whole_desk_can_be_read_line_by_line_while_the_keys_work():
    async with counter(settings={"language": "en"}) as one:
        await serving(one)
        await one.press("f1")
        lines = one.shown()
        await one.press("f5")

        assert any(line.strip() == text("en", "counter.in_hand", number="A001") for line in lines)
        assert one.sent[-1] == "FinishService"


async def test_language_and_colours_change_at_a_key():
    async with counter() as one:
        await one.press("g", "G", "G", "t")

        assert one.app.language == "en"
        assert one.app.theme == COLOURS[1]
        assert one.says("counter.nobody.closed")
        assert not one.app.screen.query_one("#messages").display


async def test_whose_visit_it_is_is_shown_only_while_somebody_is_there():
    async with counter(settings={"language": "en"}) as one:
        await serving(one)
        visit = one.story.visit("A001").id
        one.story.branch.day.persons[visit] = "someone"
        full = p.PersonShown(name="Wang Fang", phone="13812345678")
        known = Known(persons={"someone": PersonKnown(full, replace(full, name="W*"))})
        one.link.push(Views(one.story.branch, one.story.now, known).build(in_full("CounterView:1")))
        await one.settle()
        shown = one.text()
        one.app._lock()
        await one.settle()

        assert "Wang Fang, 13812345678" in shown
        assert "Wang Fang" not in one.text()


async def test_lists_are_changed_and_turned_by_keys_and_by_touch():
    async with counter((80, 24), settings={"language": "en"}) as one:
        one.story.open(1, 2)
        for _ in range(15):
            one.story.take("A")
        await one.push()
        first = one.text()
        await one.press("pagedown")
        second = one.text()
        await one.pilot.click("ListsPanel", offset=(5, 5))
        await one.settle()
        again = one.text()
        await one.press("right")

        assert "A001  " in first
        assert "A015" in second
        assert "A001  " in again
        assert one.app.desk.list_shown == "missed"

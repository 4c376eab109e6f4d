"""The kiosk on a screen: touched, pressed, left alone, cut off."""

import pytest

from kiosk.screen import Touched
from shared.i18n import text
from shared.printing.printer import PrinterAtWork
from shared.printing.settings import PrinterSettings
from shared.protocol import Accepted, Refused, ReportPrinter, RequestHelp, TakeTicket
from tests.kiosk.one_kiosk import GIVEN, SIZES, kiosk
from tests.shared.printing.one_printer import printed


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_two_touches_from_the_welcome_to_a_number(size, language):
    async with kiosk(size, settings={"language": language}) as one:
        one.link.answer_with(GIVEN)

        await one.touch("start")
        await one.touch("service:A")

        (command,) = one.link.sent
        assert isinstance(command, TakeTicket)
        assert (command.service, command.language) == ("A", language)
        assert text(language, "kiosk.your_number") in one.text()
        assert text(language, "kiosk.ahead", n=3) in one.text()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_five_keys_are_enough(size):
    async with kiosk(size) as one:
        one.link.answer_with(GIVEN)

        await one.press("enter")
        await one.press("down", "up", "down", "enter")
        shown = one.text()
        await one.press("enter")

        assert one.link.sent[0].service == "F"
        assert text("zh", "kiosk.your_number") in shown
        assert text("zh", "kiosk.start") in one.text()


async def test_the_help_key_calls_a_person_from_every_page():
    async with kiosk() as one:
        await one.press("f1")

        assert isinstance(one.link.sent[0], RequestHelp)
        assert text("zh", "kiosk.called.help") in one.text()


async def test_whoever_says_nothing_is_asked_and_then_forgotten():
    async with kiosk() as one:
        await one.touch("language")
        await one.touch("start")
        await one.wait(30)
        asked = one.text()
        await one.wait(19)
        still = one.app.kiosk.choices.language
        await one.wait(1)

        assert text("en", "kiosk.still_there") in asked
        assert still == "en"
        assert text("zh", "kiosk.start") in one.text()


async def test_any_key_says_that_somebody_is_there_and_does_nothing_else():
    async with kiosk() as one:
        await one.touch("start")
        for key in ("down", "enter", "up", "escape", "space", "pagedown"):
            await one.wait(40)
            assert text("zh", "kiosk.still_there") in one.text()
            await one.press(key)

        assert text("zh", "kiosk.services.all") in one.text()
        assert one.link.sent == []


async def test_a_ticket_stays_thirty_seconds_and_more():
    async with kiosk() as one:
        one.link.answer_with(GIVEN)
        await one.touch("start")
        await one.touch("service:A")
        await one.wait(29)
        shown = one.text()
        await one.wait(21)

        assert text("zh", "kiosk.your_number") in shown
        assert text("zh", "kiosk.start") in one.text()


async def test_people_who_come_meanwhile_are_counted_at_once():
    async with kiosk() as one:
        await one.touch("start")
        one.story.take("A")
        await one.push()

        assert text("zh", "kiosk.waiting", n=1) in one.text()


async def test_when_the_server_is_away_the_screen_says_where_to_go_and_shows_no_line():
    async with kiosk() as one:
        await one.touch("start")
        one.link.become("stale")
        await one.settle()
        cut = one.text()
        await one.press("enter")
        one.link.become("live")
        await one.settle()

        assert text("zh", "screen.offline") in cut
        assert text("zh", "kiosk.waiting", n=0) not in cut
        assert one.link.sent == []
        assert text("zh", "kiosk.waiting", n=0) in one.text()


async def test_a_cut_of_more_than_a_moment_is_said_and_a_moment_is_not():
    async with kiosk() as one:
        await one.touch("start")
        one.link.become("connecting")
        await one.settle()
        await one.wait(1)
        blink = one.text()
        await one.wait(1)
        cut = one.text()

        assert text("zh", "kiosk.services.all") in blink
        assert text("zh", "screen.offline") in cut


async def test_a_number_asked_for_just_before_the_cut_is_shown_once_when_the_answer_comes():
    async with kiosk() as one:
        one.link.hold()
        one.link.answer_with(GIVEN)
        await one.touch("start")
        await one.touch("service:A")
        one.link.become("stale")
        await one.settle()
        cut = one.text()
        one.link.become("live")
        one.link.release()
        await one.settle()
        shown = one.text()
        await one.touch("done")

        assert text("zh", "kiosk.kept_asking") in cut
        assert text("zh", "kiosk.your_number") in shown
        assert text("zh", "kiosk.start") in one.text()
        assert len(one.link.sent) == 1


async def test_a_number_from_before_the_power_cut_is_shown_once():
    async with kiosk() as one:
        command = TakeTicket(id="take-00000000001", day="2026-11-16", service="A", language="en")
        one.link.recover(command, GIVEN)
        await one.settle()

        assert text("en", "kiosk.your_number") in one.text()


async def test_a_closed_branch_says_when_it_opens():
    async with kiosk(at="2026-11-16 18:30") as one:
        assert text("zh", "kiosk.closed.next", time="11-17 08:45") in one.text()


@pytest.mark.parametrize("at", ["2026-11-16 07:10", "2026-11-16 08:20"])
async def test_whoever_comes_before_the_first_number_reads_when_there_is_one(at):
    async with kiosk(at=at) as one:
        assert text("zh", "kiosk.closed.next", time="08:45") in one.text()


async def test_in_large_text_one_service_fills_the_page_and_the_others_are_a_turn_away():
    async with kiosk((80, 24)) as one:
        one.link.answer_with(GIVEN)
        await one.touch("large")
        await one.touch("start")
        first = one.text()
        await one.press("pagedown")
        await one.touch("service:F")

        assert "█" in first
        assert one.link.sent[0].service == "F"


async def test_a_double_touch_asks_once():
    async with kiosk() as one:
        one.link.hold()
        await one.touch("start")
        tile = next(b for b in one.app.screen.query("TileButton") if b.tile.touch == "service:A")
        await one.pilot.click(tile, times=2)
        await one.settle()

        assert len(one.link.sent) == 1
        one.link.release()


class Voice:
    """Keeps what it was told to read."""

    def __init__(self):
        self.read = []

    def say(self, sentences, language, *, loud):
        self.read.append((tuple(sentences), language, loud))

    def stop(self):
        self.read.append("quiet")


async def test_in_speech_every_page_and_every_mark_is_read_as_it_is_shown():
    voice = Voice()
    async with kiosk(voice=voice) as one:
        one.link.answer_with(GIVEN)
        await one.touch("speech")
        welcome = voice.read[-1]
        await one.press("down")
        marked = voice.read[-1]
        await one.touch("start")
        services = voice.read[-1]
        await one.touch("service:A")
        ticket = voice.read[-1]

    assert text("zh", "kiosk.care") in welcome[0]
    assert marked[0] == (text("zh", "kiosk.complaint"),)
    assert "存取款·转账" in services[0]
    assert "A 0 8 3" in ticket[0]
    assert text("zh", "kiosk.ahead", n=3) in ticket[0]


async def test_speech_is_said_again_louder_and_no_more_and_forgotten_with_the_customer():
    voice = Voice()
    async with kiosk(voice=voice) as one:
        await one.touch("start")
        await one.touch("speech")
        said = len(voice.read)
        one.story.take("A")
        await one.push()
        unchanged = len(voice.read)
        await one.press("r")
        again = voice.read[-1]
        await one.touch("speech")
        louder = one.app.kiosk.choices.speech
        await one.press("q")
        quiet = voice.read[-1]
        await one.wait(50)

        assert said == unchanged
        assert again[0][0] == text("zh", "kiosk.services.all")
        assert (louder, quiet) == ("loud", "quiet")
        assert one.app.kiosk.choices.speech == "off"


async def test_a_kiosk_without_a_voice_offers_none():
    async with kiosk() as one:
        assert text("zh", "kiosk.speech.off") not in one.text()


class Printer:
    """A printer that keeps what it is sent, and is as it is told to be."""

    def __init__(self):
        self.answer, self.papers = b"\x12\x12\x12", []

    async def ask(self):
        return self.answer

    async def send(self, data):
        self.papers.append(printed(data).text)


def with_printer(device):
    at_work = PrinterAtWork(device, now=lambda: 0.0)
    return {"printer": at_work, "settings": {"printer": PrinterSettings(at="tcp:printer")}}


async def test_the_paper_comes_after_the_answer_and_again_says_that_it_is_again():
    device = Printer()
    async with kiosk(**with_printer(device)) as one:
        one.link.hold()
        one.link.answer_with(GIVEN)
        await one.touch("start")
        await one.touch("service:A")
        before = list(device.papers)
        one.link.release()
        await one.settle()
        await one.touch("print")

        assert before == []
        assert ["A083" in paper for paper in device.papers] == [True, True]
        assert [text("zh", "paper.again") in paper for paper in device.papers] == [False, True]


async def test_no_number_no_paper():
    device = Printer()
    async with kiosk(**with_printer(device)) as one:
        one.link.answer_with(Refused(id="x", code="IssuingIsStopped", text="今日取号已满。"))
        await one.touch("start")
        await one.touch("service:A")

        assert device.papers == []
        assert "今日取号已满。" in one.text()


async def test_without_paper_the_ticket_is_on_the_screen_and_staff_are_told():
    device = Printer()
    device.answer = b"\x1a\x32\x72"
    async with kiosk(**with_printer(device)) as one:
        one.link.answer_with(Accepted(id="x", seq=3), GIVEN)
        await one.wait(1)
        await one.touch("start")
        await one.touch("service:A")

        told = [c.state for c in one.link.sent if isinstance(c, ReportPrinter)]
        assert told == ["paper_out"]
        assert text("zh", "kiosk.your_number") in one.text()
        assert device.papers == []


async def test_news_from_the_branch_change_no_label_below():
    async with kiosk() as one:
        before = one.shown()[-3:]
        one.story.take("A")
        await one.push()

        assert one.shown()[-3:] == before


async def test_on_a_new_page_the_first_tile_is_marked():
    async with kiosk() as one:
        one.link.answer_with(GIVEN)
        await one.press("enter", "enter")

        assert one.app.screen.focused.tile.touch == "done"


async def test_whoever_presses_for_help_again_and_again_calls_once():
    async with kiosk() as one:
        one.link.hold()
        await one.press("f1", "f1", "f1", "f1")
        one.link.release()
        await one.settle()
        await one.press("escape", "f1")

        assert [type(c).__name__ for c in one.link.sent] == ["RequestHelp"] * 2


async def test_keys_pressed_too_often_do_not_put_a_number_away_that_nobody_has_seen():
    async with kiosk() as one:
        one.link.answer_with(GIVEN)
        await one.touch("start")
        for word in ("service:A", "done", "back", "done"):
            one.app.post_message(Touched(word))
        await one.settle()

        assert text("zh", "kiosk.your_number") in one.text()

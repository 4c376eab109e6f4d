"""A printer that fails, at a real socket, under the whole kiosk: no number is lost, none is printed
twice, and staff know within five seconds."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.i18n import text
from shared.printing.devices import ASK_SHARE, TcpPrinter
from shared.printing.devices import PATIENCE_SECONDS as PATIENCE
from shared.printing.printer import LOOK_SECONDS, PrinterAtWork
from shared.printing.settings import PrinterSettings
from shared.protocol import Accepted, ReportPrinter, TakeTicket
from shared.testing import ManualClock
from tests.kiosk.one_kiosk import kiosk
from tests.server.one_server import eventually
from tests.shared.printing.one_printer import COVER, LOW, OUT, READY, tcp_printer

GIVEN = Accepted(id="x", seq=9, visit=1, number="A083", people_ahead=3)
OFFLINE = b"\x1a\x12\x12"
PATIENCE_SECONDS = 1.0


class Kiosk:
    """A kiosk, its printer, and the clock of both."""

    def __init__(self, one, printer, at_work, clock):
        self.one, self.printer, self.at_work, self.clock = one, printer, at_work, clock

    @property
    def told(self):
        """What staff were told of the printer."""
        return [c.state for c in self.one.link.sent if isinstance(c, ReportPrinter)]

    @property
    def papers(self):
        return [job.text for job in self.printer.jobs]

    async def second(self):
        """One goes by: whoever looks at clocks does so, and has the time it takes."""
        self.clock.advance(seconds=1)
        await self.one.wait(1)

    async def becomes(self, state):
        """The printer is like that, and staff are told; how many seconds it took."""
        for seconds in range(20):
            if self.told[-1:] == [state]:
                return seconds
            await self.second()
            await until_asleep(self)
            await self.one.wait(0)
        raise AssertionError(f"{state} was never told: {self.told}")

    async def prints(self, count):
        """So many papers are out, within the time that customers wait."""
        for _ in range(20):
            if len(self.papers) >= count:
                return
            await self.second()
            await until_asleep(self)
        raise AssertionError(self.papers)

    async def take(self):
        self.one.link.answer_with(*[lambda command: answer(command)] * 3)
        await self.one.touch("start")
        await self.one.touch("service:A")

    @property
    def on_screen(self):
        return text("zh", "kiosk.your_number") in self.one.text() and "█" in self.one.text()


def answer(command):
    if isinstance(command, TakeTicket):
        return GIVEN
    return Accepted(id=command.id, seq=1)


async def until_asleep(it):
    """Until the printer was asked, has answered, or has not in time."""
    async with asyncio.timeout(30):
        await it.clock.asleep()
    await it.one.settle()


@asynccontextmanager
async def at_a_kiosk():
    clock = ManualClock()
    async with tcp_printer() as printer:
        device = TcpPrinter("127.0.0.1", printer.port, patience_seconds=PATIENCE_SECONDS)
        at_work = PrinterAtWork(device, now=clock.monotonic, sleep=clock.sleep)
        settings = {"printer": PrinterSettings(at=f"tcp:127.0.0.1:{printer.port}")}
        async with kiosk(printer=at_work, settings=settings) as one:
            it = Kiosk(one, printer, at_work, clock)
            await until_asleep(it)
            await it.becomes("ready")
            yield it


async def answers(it, said):
    it.printer.answer = said


async def says_nothing(it, _=None):
    it.printer.mute = True


async def is_off(it, _=None):
    await it.printer.switch_off()


async def is_well(it):
    it.printer.answer, it.printer.mute, it.printer.breaks = READY, False, False
    if it.printer._server is None:
        await it.printer.switch_on()


FAULTS = {
    "paper out": (answers, OUT, "paper_out"),
    "cover open": (answers, COVER, "cover_open"),
    "not ready": (answers, OFFLINE, "offline"),
    "switched off": (is_off, None, "offline"),
}


@pytest.mark.parametrize(("fails", "said", "state"), FAULTS.values(), ids=FAULTS)
async def test_a_ticket_waits_for_a_printer_that_is_mended_and_comes_once(fails, said, state):
    async with at_a_kiosk() as it:
        await fails(it, said)
        seconds = await it.becomes(state)
        await it.take()
        before = it.papers
        on_screen = it.on_screen
        await is_well(it)
        await it.becomes("ready")
        await it.prints(1)
        for _ in range(5):
            await it.second()

    assert seconds + PATIENCE_SECONDS <= 5
    assert (before, on_screen) == ([], True)
    assert [("A083" in paper) for paper in it.papers] == [True]


UNSURE = {
    "says nothing": (says_nothing, None),
    "says half": (answers, b"\x12"),
    "says nonsense": (answers, b"\xff\x00?"),
}


@pytest.mark.parametrize(("fails", "said"), UNSURE.values(), ids=UNSURE)
async def test_a_printer_of_which_nothing_is_known_prints_once_and_is_called_unknown(fails, said):
    async with at_a_kiosk() as it:
        await fails(it, said)
        seconds = await it.becomes("unknown")
        await it.take()
        await it.prints(1)
        for _ in range(5):
            await it.second()
        on_screen = it.on_screen

    assert seconds + PATIENCE_SECONDS <= 5
    assert on_screen
    assert len(it.papers) == 1


async def test_a_paper_that_jams_is_not_sent_again_by_itself_and_can_be_printed_again():
    async with at_a_kiosk() as it:
        it.printer.breaks = True
        await it.take()
        await eventually(lambda: it.printer.broken == 1)
        on_screen = it.on_screen
        await is_well(it)
        for _ in range(5):
            await it.second()
            await until_asleep(it)
        by_itself = it.papers
        await it.one.touch("print")
        await it.prints(1)

    assert on_screen
    assert by_itself == []
    assert it.printer.broken == 1
    assert text("zh", "paper.again") in it.papers[0]


async def test_a_printer_that_loses_power_between_the_question_and_the_paper_loses_no_ticket():
    async with at_a_kiosk() as it:
        await it.printer.switch_off()
        await it.take()
        seconds = await it.becomes("offline")
        await it.printer.switch_on()
        await it.becomes("ready")
        await it.prints(1)
        await it.second()

    assert seconds + PATIENCE_SECONDS <= 5
    assert len(it.papers) == 1


async def test_a_slow_printer_prints_once():
    async with at_a_kiosk() as it:
        it.printer.slow = True
        await it.take()
        await it.prints(1)
        await it.second()

    assert len(it.papers) == 1


async def test_low_paper_is_told_and_prints():
    async with at_a_kiosk() as it:
        it.printer.answer = LOW
        seconds = await it.becomes("paper_low")
        await it.take()
        await it.prints(1)

    assert seconds + PATIENCE_SECONDS <= 5


def test_with_the_longest_patience_staff_know_within_five_seconds():
    longest_answer = PATIENCE * ASK_SHARE

    assert LOOK_SECONDS + longest_answer + 1 <= 5

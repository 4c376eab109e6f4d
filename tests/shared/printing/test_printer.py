"""Printers as they are: ready, empty, open, away, silent. Nothing comes twice."""

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.printing.devices import DeviceFile, Folder, NotPrinted, Spooler, TcpPrinter
from shared.printing.escpos import ASK_STATUS, as_png
from shared.printing.paper import Line, Paper
from shared.printing.printer import GOOD_FOR_SECONDS, PrinterAtWork
from tests.server.one_server import eventually
from tests.shared.printing.one_printer import COVER, OUT, READY, printed, tcp_printer


def paper(words):
    return Paper((Line(words),))


class Bench:
    """A printer at work, what it told, and a clock that is set by hand."""

    def __init__(self, device, **options):
        self.now = 0.0
        self.at_work = PrinterAtWork(device, now=lambda: self.now, **options)

    @property
    def state(self):
        return self.at_work.state

    def print(self, words):
        self.at_work.print(paper(words))

    def wake(self):
        """As the seconds between two looks do."""
        self.at_work._bell.set()


@asynccontextmanager
async def at_work(device, **options):
    bench = Bench(device, **options)
    task = asyncio.create_task(bench.at_work.run())
    try:
        yield bench
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def words_of(printer):
    return [job.text for job in printer.jobs]


async def test_a_ticket_is_printed_once_and_the_printer_is_well():
    async with tcp_printer() as printer, at_work(TcpPrinter("127.0.0.1", printer.port)) as bench:
        bench.print("A001")
        await eventually(lambda: words_of(printer) == ["A001"])
        bench.print("A002")
        await eventually(lambda: words_of(printer) == ["A001", "A002"])

        assert bench.state == "ready"


@pytest.mark.parametrize(("answer", "state"), [(OUT, "paper_out"), (COVER, "cover_open")])
async def test_a_ticket_waits_for_paper_and_comes_once_when_there_is_some(answer, state):
    async with tcp_printer() as printer, at_work(TcpPrinter("127.0.0.1", printer.port)) as bench:
        printer.answer = answer
        bench.print("A001")
        await eventually(lambda: bench.state == state)
        printer.answer = READY
        bench.wake()
        await eventually(lambda: words_of(printer) == ["A001"])
        bench.wake()
        bench.print("A002")
        await eventually(lambda: len(printer.jobs) == 2)

        assert words_of(printer) == ["A001", "A002"]


async def test_a_ticket_whose_customer_has_gone_is_not_printed_any_more():
    async with tcp_printer() as printer, at_work(TcpPrinter("127.0.0.1", printer.port)) as bench:
        printer.answer = OUT
        bench.print("A001")
        await eventually(lambda: bench.state == "paper_out")
        bench.now = GOOD_FOR_SECONDS + 1
        printer.answer = READY
        bench.print("A002")
        await eventually(lambda: len(printer.jobs) == 1)

        assert words_of(printer) == ["A002"]


async def test_a_printer_that_is_switched_off_is_told_and_tried_again():
    async with tcp_printer() as printer:
        port = printer.port
    async with at_work(TcpPrinter("127.0.0.1", port)) as bench:
        bench.print("A001")
        await eventually(lambda: bench.state == "offline")

        assert [waiting.paper for waiting in bench.at_work._waiting] == [paper("A001")]


async def test_a_silent_printer_is_unknown_and_prints_all_the_same():
    async with (
        tcp_printer() as printer,
        at_work(TcpPrinter("127.0.0.1", printer.port, patience_seconds=1.0)) as bench,
    ):
        printer.answer = b"?"
        bench.print("A001")
        await eventually(lambda: words_of(printer) == ["A001"])

        assert bench.at_work.state == "unknown"


class Breaks:
    """A printer that is gone in the middle of a paper."""

    def __init__(self, *, sent):
        self.sent, self.tries = sent, 0

    async def ask(self):
        return READY

    async def send(self, data):
        self.tries += 1
        raise NotPrinted("gone", sent=self.sent)


async def test_a_paper_of_which_some_may_have_been_printed_is_not_sent_again():
    device = Breaks(sent=True)
    async with at_work(device) as bench:
        bench.print("A001")
        await eventually(lambda: bench.state == "offline" or device.tries)
        bench.wake()
        await eventually(lambda: bench.state == "ready")

        assert device.tries == 1
        assert not bench.at_work._waiting


async def test_a_paper_of_which_nothing_left_is_the_first_again():
    device = Breaks(sent=False)
    async with at_work(device) as bench:
        bench.print("A001")
        await eventually(lambda: device.tries >= 2)

        assert [waiting.paper for waiting in bench.at_work._waiting] in ([paper("A001")], [])


async def test_no_more_papers_wait_than_customers_would():
    async with at_work(Breaks(sent=True)) as bench:
        bench.at_work.state = "paper_out"
        for n in range(100):
            bench.print(f"A{n:03d}")

        assert len(bench.at_work._waiting) == 8


# --- Devices ---------------------------------------------------------------------------------


async def test_a_device_file_is_written_to():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    await DeviceFile(Path(f"/proc/self/fd/{writing}")).send(b"\x1b@words\n")

    assert os.read(reading, 100) == b"\x1b@words\n"
    os.close(reading)
    os.close(writing)


async def test_a_device_that_is_not_there_is_offline():
    with pytest.raises(NotPrinted) as caught:
        await DeviceFile(Path("/nowhere/lp0")).ask()

    assert not caught.value.sent


async def test_the_spooler_is_handed_the_bytes_as_they_are(tmp_path, monkeypatch):
    lp = tmp_path / "lp"
    lp.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat > {tmp_path}/printed\n')
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    await Spooler("receipts").send(b"\x1b@words\n")

    assert (tmp_path / "printed").read_bytes() == b"\x1b@words\n"
    assert (tmp_path / "arguments").read_text() == "-d receipts -o raw\n"
    assert await Spooler("receipts").ask() == b""


async def test_a_spooler_that_refuses_is_told_in_its_own_words(tmp_path, monkeypatch):
    lp = tmp_path / "lp"
    lp.write_text("#!/bin/sh\necho no such queue >&2\nexit 1\n")
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(NotPrinted, match="no such queue"):
        await Spooler("receipts").send(b"words")


async def test_the_printer_for_looking_at_draws_a_file_for_each_paper(tmp_path):
    async with at_work(Folder(tmp_path / "papers"), encode=as_png) as bench:
        bench.print("A001")
        bench.print("A002")
        await eventually(lambda: len(list((tmp_path / "papers").glob("*.png"))) == 2)

    first = (tmp_path / "papers" / "paper-0001.png").read_bytes()
    assert first.startswith(b"\x89PNG")


def test_the_question_about_the_state_is_no_paper():
    with pytest.raises(AssertionError):
        printed(ASK_STATUS)

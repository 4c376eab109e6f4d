"""A panel of its own hardware: what it is told, whose keys count, and that it may come and go."""

import asyncio
import os
import pty
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from counter.rating.device import Asked, Device
from counter.rating.settings import DeviceSettings
from counter.rating.wires import wire_of
from shared.protocol import ConfirmQuestion, RateService
from tests.counter.rating.one_panel import panel

PATIENCE_SECONDS = 30


class Simulated:
    """The hardware: shows what it is told, and has five keys."""

    def __init__(self):
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.writer: Any = None
        self.there = asyncio.Event()
        self._talking: list[Any] = []

    async def plugged(self, reader, writer):
        self.writer = writer
        self._talking.append(asyncio.current_task())
        self.there.set()
        with suppress(OSError):
            while line := await reader.readline():
                await self.heard.put(line.decode().strip())
        writer.close()

    async def gone(self):
        """Come back when it has hung up, and nothing is left of any conversation."""
        if self.writer is not None:
            self.writer.close()
        await asyncio.gather(*self._talking, return_exceptions=True)

    async def hears(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.heard.get()

    def says(self, *lines):
        self.writer.write("".join(f"{line}\n" for line in lines).encode())


class Calls(asyncio.Queue):
    """What the device has reported, in its order."""

    def of(self, name):
        return lambda *values: self.put_nowait((name, *values))

    async def next(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.get()


@asynccontextmanager
async def connected(settings=None):
    """A device on the network, and what runs beside it."""
    hardware, calls = Simulated(), Calls()
    async with await asyncio.start_server(hardware.plugged, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        set_up = DeviceSettings(host="127.0.0.1", port=port, **(settings or {}))
        retry = asyncio.Event()

        async def rest(_seconds):
            await retry.wait()

        device = Device(
            wire_of(set_up), set_up.scores(), calls.of("shown"), calls.of("scored"), rest
        )
        running = asyncio.create_task(device.run())
        try:
            yield device, hardware, calls, retry
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await hardware.gone()


async def test_it_shows_the_question_says_so_and_sends_the_key():
    async with connected() as (device, hardware, calls, _):
        assert await hardware.hears() == "BLANK"

        device.show(Asked(17, "zh"))
        assert await hardware.hears() == "ASK 17 zh"
        hardware.says("SHOWN 17", "KEY 4")

        assert await calls.next() == ("shown", 17)
        assert await calls.next() == ("scored", 17, 4)
        device.show(None)
        assert await hardware.hears() == "BLANK"


async def test_a_key_that_was_still_on_the_wire_is_not_the_next_customers_answer():
    async with connected() as (device, hardware, calls, _):
        await hardware.hears()
        device.show(Asked(17, "zh"))
        await hardware.hears()
        hardware.says("SHOWN 17")
        await calls.next()

        device.show(Asked(18, "en"))
        assert await hardware.hears() == "ASK 18 en"
        hardware.says("KEY 1", "SHOWN 17", "KEY 1", "SHOWN 18", "KEY 5")

        assert await calls.next() == ("shown", 18)
        assert await calls.next() == ("scored", 18, 5)


@pytest.mark.parametrize(
    ("settings", "key", "score"),
    [
        ({}, "1", 1),
        ({"one_is_best": True}, "1", 5),
        ({"one_is_best": True}, "5", 1),
        ({"keys": {"A": 5, "B": 4, "C": 3, "D": 2}}, "D", 2),
    ],
)
async def test_each_key_means_what_was_set_for_it(settings, key, score):
    async with connected(settings) as (device, hardware, calls, _):
        await hardware.hears()
        device.show(Asked(17, "zh"))
        await hardware.hears()

        hardware.says("SHOWN 17", "KEY 9", f"KEY {key}")

        assert await calls.next() == ("shown", 17)
        assert await calls.next() == ("scored", 17, score)


async def test_it_may_go_and_come_back_and_is_told_again_what_to_show():
    async with connected() as (device, hardware, calls, retry):
        await hardware.hears()
        device.show(Asked(17, "zh"))
        assert await hardware.hears() == "ASK 17 zh"
        hardware.says("SHOWN 17")
        assert await calls.next() == ("shown", 17)

        hardware.there.clear()
        hardware.writer.close()
        retry.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await hardware.there.wait()

        assert await hardware.hears() == "ASK 17 zh"
        hardware.says("SHOWN 17", "KEY 3")
        assert [await calls.next(), await calls.next()] == [("shown", 17), ("scored", 17, 3)]


async def test_a_device_that_has_lost_its_mind_is_hung_up_on():
    async with connected() as (_, hardware, calls, retry):
        await hardware.hears()
        hardware.there.clear()

        hardware.says("x" * 5_000)
        retry.set()

        async with asyncio.timeout(PATIENCE_SECONDS):
            await hardware.there.wait()
        assert calls.empty()


async def test_a_device_at_a_serial_line_is_the_same():
    main, at_the_panel = pty.openpty()
    calls, settings = Calls(), DeviceSettings(file=os.ttyname(at_the_panel), baud=19200)
    device = Device(wire_of(settings), settings.scores(), calls.of("shown"), calls.of("scored"))
    running = asyncio.create_task(device.run())
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    with os.fdopen(main, "rb+", 0) as line:
        pipe, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(main), "rb", 0)
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader.readline() == b"BLANK\n"
            device.show(Asked(17, "en"))
            assert await reader.readline() == b"ASK 17 en\n"
            line.write(b"SHOWN 17\nKEY 2\n")
            assert [await calls.next(), await calls.next()] == [("shown", 17), ("scored", 17, 2)]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pipe.close()
    os.close(at_the_panel)


def test_a_device_is_at_one_place():
    for wrong in (DeviceSettings(), DeviceSettings(file="/dev/ttyS0", host="10.0.0.9")):
        with pytest.raises(ValueError, match="either"):
            wire_of(wrong)


async def test_a_question_counts_as_shown_when_the_device_says_so_and_not_before():
    hardware = Simulated()
    async with await asyncio.start_server(hardware.plugged, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = DeviceSettings(host="127.0.0.1", port=port)
        async with panel(settings={"device": settings}, connect=wire_of(settings)) as one:
            assert await hardware.hears() == "BLANK"
            await one.served()
            assert await hardware.hears() == "ASK 1 zh"
            assert one.link.sent == []

            hardware.says("SHOWN 1", "KEY 5")
            async with asyncio.timeout(PATIENCE_SECONDS):
                shown, rated = await one.link.next_command(), await one.link.next_command()

            assert isinstance(shown, ConfirmQuestion)
            assert isinstance(rated, RateService)
            assert await hardware.hears() == "BLANK"
            await one.settle()
            assert one.question.score == 5
        await hardware.gone()

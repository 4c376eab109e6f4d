"""A TCP proxy that breaks connections on purpose: cut, stall, delay, turn away.

Stands between a client and a server on the loopback interface. It passes bytes on and knows
nothing of what they mean.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias

CHUNK_BYTES: Final = 65_536

Direction: TypeAlias = Literal["up", "down"]
"""`up` is from the client to the server."""

BOTH: Final[tuple[Direction, ...]] = ("up", "down")


class TcpProxy:
    """`async with TcpProxy(port) as proxy`, then connect to `proxy.port` instead of `port`.

    `connections` counts every connection that was ever made, the ones turned away included.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: dict[Direction, asyncio.Event] = {way: asyncio.Event() for way in BOTH}
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turning_away = False
        self.port = 0
        self.delay_seconds = 0.0
        self.connections = 0

    async def __aenter__(self) -> Self:
        self.resume()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- Faults ------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset every connection there is, both ends. New ones are accepted."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self, *ways: Direction) -> None:
        """Pass nothing on, in one direction or (without a name) in both, and close nothing: a
        cable pulled out, a switch that hangs. What was sent arrives after `resume`."""
        for way in ways or BOTH:
            self._open[way].clear()

    def resume(self) -> None:
        """Pass everything on again."""
        for way in BOTH:
            self._open[way].set()

    def turn_away(self, turning_away: bool = True) -> None:
        """Reset every new connection at once; the ones there are stay."""
        self._turning_away = turning_away

    # --- Passing on --------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._writers.add(writer)
        try:
            if not self._turning_away:
                await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, or this proxy: so is the other
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers.add(far_writer)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on("up", reader, far_writer))
                both.create_task(self._pass_on("down", far_reader, writer))
        except* (OSError, RuntimeError):
            pass  # uvloop calls a connection that was cut a RuntimeError
        finally:
            far_writer.transport.abort()
            self._writers.discard(far_writer)

    async def _pass_on(
        self, way: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self._open[way].wait()
            writer.write(data)
            await writer.drain()
        await self._open[way].wait()
        writer.write_eof()

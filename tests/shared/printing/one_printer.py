"""A receipt printer in miniature: understands what it is sent, and stumbles over anything else.

Written from makers' manuals, not from the encoder: it reads GB18030 text, sizes, native QR codes,
pictures and the knife, and keeps what would be on the paper.
"""

import asyncio
from contextlib import asynccontextmanager


class OnPaper:
    """What came out: lines of (size, text), the contents of codes, pictures, cuts."""

    def __init__(self):
        self.lines, self.codes, self.pictures, self.cuts = [], [], [], 0

    @property
    def text(self):
        return "\n".join(text for _, text in self.lines)


def printed(data):
    """Run the bytes through the printer; AssertionError at a command it does not know."""
    paper, size, stored, text, at = OnPaper(), 1, b"", b"", 0

    def take(n):
        nonlocal at
        at += n
        assert at <= len(data), "the stream ends within a command"
        return data[at - n : at]

    while at < len(data):
        head = take(1)
        if head == b"\x1b":
            match take(1):
                case b"@":
                    size, stored = 1, b""
                case b"a" | b"E":
                    assert take(1)[0] <= 2
                case other:
                    raise AssertionError(f"ESC {other!r}")
        elif head == b"\x1c":
            match take(1):
                case b"&":
                    pass
                case b"W":
                    assert take(1)[0] <= 1
                case other:
                    raise AssertionError(f"FS {other!r}")
        elif head == b"\x1d":
            match take(1):
                case b"!":
                    scale = take(1)[0]
                    assert scale >> 4 == scale & 15, "as wide as high"
                    size = (scale & 15) + 1
                case b"V":
                    assert take(2)[0] == 66
                    paper.cuts += 1
                case b"(":
                    assert take(1) == b"k"
                    low, high = take(2)
                    body = take(low + 256 * high)
                    if body[:3] == b"1P0":
                        stored = body[3:]
                    elif body[:3] == b"1Q0":
                        paper.codes.append(stored.decode("ascii"))
                case b"v":
                    assert take(2) == b"0\x00"
                    xl, xh, yl, yh = take(4)
                    across, rows = xl + 256 * xh, yl + 256 * yh
                    dots = take(across * rows)
                    paper.pictures.append(
                        [dots[n : n + across] for n in range(0, len(dots), across)]
                    )
                case other:
                    raise AssertionError(f"GS {other!r}")
        elif head == b"\n":
            paper.lines.append((size, text.decode("gb18030")))
            text = b""
        else:
            assert head[0] >= 0x20, f"a control byte {head!r} in text"
            text += head
    assert not text, "text without its line"
    return paper


READY = b"\x12\x12\x12"
LOW = b"\x12\x12\x1e"
OUT = b"\x1a\x32\x72"
COVER = b"\x1a\x16\x12"


class TcpOnePrinter:
    """The same on a real socket: answers as told, and keeps what it is sent.

    `mute`: takes everything and never answers. `slow`: takes a paper in small bits. `breaks`:
    takes some of a paper, and is gone.
    """

    def __init__(self):
        self.answer, self.jobs, self.port = READY, [], 0
        self.mute = self.slow = self.breaks = False
        self.broken = 0
        self._server = None

    async def rest(self, reader):
        taken = b""
        while more := await reader.read(16 if self.slow else -1):
            taken += more
        return taken

    async def switch_on(self):
        self._server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def switch_off(self):
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def serve(self, reader, writer):
        try:
            first = await reader.read(20 if self.breaks else 4096)
            if first.startswith(b"\x10\x04"):
                if not self.mute:
                    writer.write(self.answer)
                    await writer.drain()
                await reader.read()
            elif self.breaks:
                self.broken += 1
                writer.transport.abort()
            else:
                self.jobs.append(printed(first + await self.rest(reader)))
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def tcp_printer():
    one = TcpOnePrinter()
    await one.switch_on()
    try:
        yield one
    finally:
        await one.switch_off()

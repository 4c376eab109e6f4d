"""A terminal as a program of its own, so that its power can be cut: a real link and its two files.

    python -m tests.journeys.terminal URL STATION SECRET FOLDER

Reads a command a line, as it goes over the wire, and prints what the server answers.
"""

import asyncio
import sys
from pathlib import Path

from shared import protocol as p
from shared.link import Link


async def main(url, station, secret, folder):
    """Work until the input ends, or the power."""
    kept = Path(folder)
    hello = p.Hello(version=p.VERSION, station=station, secret=secret)
    async with Link(url, hello, outbox=kept / "outbox", sign_in=kept / "sign-in") as link:
        while link.state != "live":
            await link.next_state(link.state)
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = p.decode_command(line)
            ask = link.request if isinstance(command, p.House) else link.send
            sys.stdout.write(p.encode(await ask(command)).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

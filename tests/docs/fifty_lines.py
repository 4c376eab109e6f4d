"""A whole client of Lobby, written from docs/protocol.md alone: a kiosk, and a teller.

fifty_lines.py ws://127.0.0.1:8470/ws <code for a kiosk> <code for a counter> <teller> <PIN>
"""

import json
import secrets
import sys

from websockets.sync.client import connect


class Terminal:
    """A connection; `answer` is what its first message brought, `view` always the newest one."""

    def __init__(self, socket, **first):
        self.socket = socket
        self.socket.send(json.dumps({"version": 1, "language": "en", **first}))
        self.answer = self.hear("Welcome", "Paired")

    def hear(self, *types):
        """Read on to the next message of one of these types."""
        while (message := json.loads(self.socket.recv(timeout=10)))["type"] not in types:
            if message["type"] == "Refused":
                sys.exit(message["text"])
            self.view = message
        return message

    def order(self, command, **fields):
        """Send a command; the reply comes after the view that shows what it did."""
        head = {"type": command, "id": secrets.token_hex(16), "day": self.answer["day"]}
        self.socket.send(json.dumps({**head, **fields}))
        return self.hear("Accepted", "SignedIn")


def pair(address, code):
    """Become a station: how it says hello from now on."""
    with connect(address) as socket:
        paired = Terminal(socket, type="Pair", code=code).answer
    return {"type": "Hello", "station": paired["station"], "secret": paired["secret"]}


def main(address, kiosk_code, counter_code, staff, pin):
    at_kiosk, at_counter = pair(address, kiosk_code), pair(address, counter_code)
    with connect(address) as one, connect(address) as other:
        taken = Terminal(one, **at_kiosk).order("TakeTicket", service="A")["number"]
        teller = Terminal(other, **at_counter)
        teller.order("SignIn", staff=staff, secret=pin)
        teller.order("OpenCounter", counter=teller.answer["counter"])
        called = teller.order("CallNext", counter=teller.answer["counter"])["number"]
    in_hand = teller.view["current"]
    story = {"taken": taken, "called": called, "state": in_hand["state"]}
    sys.stdout.write(json.dumps({**story, "why": in_hand["why"]["rule"]}))


main(*sys.argv[1:])

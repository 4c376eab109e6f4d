"""A whole client of Lobby, written from docs/protocol.md alone: a kiosk, and a teller.

fifty_lines.py ws://127.0.0.1:8470/ws <code for a kiosk> <code for a counter> <teller> <PIN>
"""

import json
import secrets
import sys

from websockets.sync.client import connect


def pair(address, code):
    """Become a station; its id and its secret."""
    with connect(address) as socket:
        socket.send(json.dumps({"type": "Pair", "version": 1, "code": code, "language": "en"}))
        paired = json.loads(socket.recv(timeout=10))
        return {"station": paired["station"], "secret": paired["secret"]}


class Terminal:
    """A station's connection; `view` is always the newest one."""

    def __init__(self, socket, station):
        self.socket = socket
        self.view = {}
        hello = {"type": "Hello", "version": 1, **station}
        self.socket.send(json.dumps({**hello, "language": "en"}))
        self.welcome = self.hear("Welcome")

    def hear(self, *types):
        """Read on to the next message of one of these types."""
        while True:
            message = json.loads(self.socket.recv(timeout=10))
            if message["type"].endswith("View"):
                self.view = message
            if message["type"] == "Refused":
                sys.exit(message["text"])
            if message["type"] in types:
                return message

    def sign_in(self, staff, secret):
        """Say who is here."""
        sign_in = {"type": "SignIn", "id": secrets.token_hex(16)}
        self.socket.send(json.dumps({**sign_in, "staff": staff, "secret": secret}))
        self.hear("SignedIn")

    def order(self, command, **fields):
        """Send a command; return when its reply has come, and the view that shows what it did."""
        head = {"type": command, "id": secrets.token_hex(16), "day": self.welcome["day"]}
        self.socket.send(json.dumps({**head, **fields}))
        reply = self.hear("Accepted")
        while self.view.get("seq", 0) < reply["seq"]:
            self.hear("KioskView", "CounterView")
        return reply


def main(address, kiosk_code, counter_code, staff, pin):
    at_kiosk, at_counter = pair(address, kiosk_code), pair(address, counter_code)
    with connect(address) as one, connect(address) as other:
        kiosk = Terminal(one, at_kiosk)
        taken = kiosk.order("TakeTicket", service="A", language="en")
        teller = Terminal(other, at_counter)
        teller.sign_in(staff, pin)
        counter = teller.welcome["counter"]
        teller.order("OpenCounter", counter=counter)
        called = teller.order("CallNext", counter=counter)
        in_hand = teller.view["current"]
    story = {"taken": taken["number"], "called": called["number"], "state": in_hand["state"]}
    sys.stdout.write(json.dumps({**story, "why": in_hand["why"]["rule"]}))


main(*sys.argv[1:])

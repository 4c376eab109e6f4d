"""What the rows of a day say, counted by hand from the file they lie in.

Knows nothing of the server's own code, and only plain days: customers who take a ticket, are
called, come or leave, and are served once. A row it does not know of ends the count.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing

SILENT = {
    "AlertCeased",
    "AlertRaised",
    "BranchResumed",
    "EmergencyEnded",
    "EmergencyStarted",
    "MessageSent",
    "RatingAnswered",
    "RatingAsked",
    "RatingEnded",
    "RatingShown",
    "StepBackEnded",
    "TicketSteppedBack",
}
"""What changes no figure that is counted here."""


def rows_of(folder, day):
    """The rows of a business day as they lie in the file: when, and what."""
    query = "SELECT at, data FROM events WHERE branch = 'main' AND day = ? ORDER BY seq"
    with closing(sqlite3.connect(f"file:{folder / 'lobby.sqlite'}?mode=ro", uri=True)) as db:
        return [(at, json.loads(data)) for at, data in db.execute(query, (day,))]


class Ledger:
    """The books of a day. Times in ms."""

    def __init__(self, rows):
        self.happened: Counter[str] = Counter()
        self.issued: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.called: Counter[int] = Counter()
        self.finished: Counter[int] = Counter()
        self.waits, self.walks, self.services = [], [], []
        self.open_ms: Counter[int] = Counter()
        self.paused_ms = defaultdict(Counter)
        self.covered_ms = self.opened_at = self.closed_at = 0
        self._waiting_since, self._called_at, self._started_at = {}, {}, {}
        self._counters, self._duty = {}, {}
        for at, event in rows:
            self.happened[event["type"]] += 1
            self._book(at, event)

    def _book(self, at, event):
        visit, counter = event.get("visit"), event.get("counter")
        match event["type"]:
            case "TicketTaken":
                self.issued[event["service"]] += 1
                self._waiting_since[visit] = event["waiting_since"]
            case "TicketCalled":
                self.called[counter] += 1
                self._called_at[visit] = at
            case "TicketRecalled":
                self._called_at[visit] = at
            case "ServiceStarted":
                self.waits.append(max(0, self._called_at[visit] - self._waiting_since[visit]))
                self.walks.append(at - self._called_at[visit])
                self._started_at[visit] = at
            case "ServiceFinished":
                self.ended["done"] += 1
                self.finished[counter] += 1
                self.services.append(at - self._started_at[visit])
            case "TicketLeft":
                self.ended["left"] += 1
            case "TicketUnserved":
                self.ended["unserved"] += 1
            case "HandwrittenEntered":
                self.issued[event["service"]] += 1
                self._waiting_since[visit] = event["waiting_since"]
            case "HandwrittenServed":
                self.ended["done"] += 1
                self.waits.append(max(0, event["started_at"] - self._waiting_since[visit]))
                self.services.append(event["finished_at"] - event["started_at"])
            case "CounterOpened" | "CounterResumed":
                self._enter(counter, "open", at)
            case "CounterPaused":
                self._enter(counter, event["reason"], at)
            case "CounterClosed":
                self._enter(counter, "closed", at)
            case "DutySignedOn":
                self._duty[event["staff"]] = at
            case "DutySignedOff":
                self.covered_ms += at - self._duty.pop(event["staff"])
            case "DayOpened":
                self.opened_at = at
            case "DayClosed":
                self.closed_at = at
            case unknown if unknown in SILENT:
                pass
            case unknown:
                raise AssertionError(unknown)

    def _enter(self, counter, state, at):
        """A counter comes into a state: what it was in before is over."""
        was, since = self._counters.get(counter, ("closed", at))
        if was == "open":
            self.open_ms[counter] += at - since
        elif was != "closed":
            self.paused_ms[counter][was] += at - since
        self._counters[counter] = (state, at)

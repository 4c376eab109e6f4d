"""Holds a journal against the promises a lobby makes, with a few independent lines.

It knows nothing of the server's own rules: it reads the rows that `lobby show --json` prints
and counts for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

ENDINGS = {
    "ServiceFinished": "done",
    "FinishedAtMachine": "done",
    "HandwrittenServed": "done",
    "TicketLeft": "left",
    "TicketGivenUp": "given_up",
    "TicketUnserved": "unserved",
}
OUT_OF_HAND = {"TicketReturned", "TicketTransferred", "TicketMissed", "TicketParked", *ENDINGS}


class Findings(Struct):
    """What was counted, and what is wrong with it."""

    events: int = 0
    tickets: int = 0
    wrong: list[str] = []


def check(rows: Iterable[bytes], taken: int) -> Findings:
    """No two alike in the lobby, one counter a ticket, one ticket a counter, every ticket ended
    once, and as many tickets as people took."""
    findings = Findings()
    here: dict[str, int] = {}
    at_counter: dict[int, int] = {}
    ended: dict[int, str] = {}
    for row in rows:
        event: dict[str, Any] = msgspec.json.decode(row)["data"]
        findings.events += 1
        name, visit = event["type"], event.get("visit", 0)
        if name == "TicketTaken":
            findings.tickets += 1
            _note(findings, event["number"] in here, f"{event['number']} was given twice")
            here[event["number"]] = visit
        elif name == "TicketCalled":
            twice = visit in at_counter or event["counter"] in at_counter.values()
            _note(findings, twice, f"{event['number']} was called while in hand")
            at_counter[visit] = event["counter"]
        elif name in OUT_OF_HAND:
            at_counter.pop(visit, None)
        if name in ENDINGS:
            _note(findings, visit in ended, f"visit {visit} ended twice")
            ended[visit] = ENDINGS[name]
            here = {number: holder for number, holder in here.items() if holder != visit}
    _note(findings, findings.tickets != taken, f"{taken} tickets taken, {findings.tickets} kept")
    _note(findings, len(ended) != findings.tickets, "not every ticket has an ending")
    return findings


def _note(findings: Findings, wrong: bool, what: str) -> None:
    if wrong:
        findings.wrong.append(what)

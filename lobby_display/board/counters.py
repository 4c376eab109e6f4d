"""What every counter does, for how long and with whom; machines, printers, voices. Pure."""

from __future__ import annotations

from typing import Final

from lobby_display.board.sheet import Column, Kind, Row, Section
from lobby_display.board.words import Desk
from shared.protocol import CounterStatus

SAVES_MINUTES: Final = 1.0
"""A head, in the mean: less is nothing to open a counter for."""


def counters(desk: Desk) -> Section:
    """All counters; of each what opening or closing it would do to everybody who waits."""
    effects = [_effect(desk, counter) for counter in desk.view.counters]
    return Section(
        title=desk.board("counters.title"),
        columns=(
            Column(desk.board("head.counter")),
            Column(desk.board("head.doing")),
            Column(desk.board("head.number")),
            Column(desk.board("head.for"), right=True),
            Column(desk.board("head.teller"), spare=2),
            Column(desk.board("head.services"), spare=4),
            Column(desk.board("head.finished"), right=True, spare=3),
            Column(desk.board("head.effect") if any(effects) else "", spare=1),
            Column(desk.board("head.remarks"), rest=True),
        ),
        rows=tuple(
            _counter(desk, counter, effect)
            for counter, effect in zip(desk.view.counters, effects, strict=True)
        ),
    )


def machines(desk: Desk) -> Section:
    """Self-service machines, by their state."""
    return Section(
        title=desk.board("machines.title"),
        columns=(Column(desk.board("head.machine"), rest=True), Column(desk.board("head.state"))),
        rows=tuple(
            Row(
                cells=(desk.name(shown.name) or shown.id, desk.say(f"machine_state.{shown.state}")),
                pick=f"machine:{shown.id}",
                kind="late" if shown.state == "faulty" else "plain",
            )
            for shown in desk.view.machines
        ),
        empty=desk.board("machines.none"),
    )


def terminals(desk: Desk) -> Section:
    """Printers and voices, as their terminals last said they were."""
    printers = [
        ("printer", one.station, one.state, one.state in ("ready", "unknown"))
        for one in desk.view.printers
    ]
    voices = [
        ("voice", one.station, one.state, one.state == "speaking") for one in desk.view.voices
    ]
    return Section(
        title=desk.board("terminals.title"),
        columns=(
            Column(desk.board("head.station"), rest=True),
            Column(desk.board("head.part")),
            Column(desk.board("head.state")),
        ),
        rows=tuple(
            Row(
                cells=(
                    station,
                    desk.board(f"terminals.{part}"),
                    desk.say(f"{part}_state.{state}"),
                ),
                kind="plain" if fine else "late",
            )
            for part, station, state, fine in (*printers, *voices)
        ),
        empty=desk.board("terminals.none"),
    )


def _effect(desk: Desk, counter: CounterStatus) -> str:
    """Minutes in the mean, by simulation, if it were opened or closed now."""
    if counter.would_save is None or counter.would_save < SAVES_MINUTES:
        return ""
    word = "closing_costs" if counter.state == "open" else "opening_saves"
    return desk.board(word, n=round(counter.would_save))


def _counter(desk: Desk, counter: CounterStatus, effect: str) -> Row:
    ticket = counter.current
    return Row(
        cells=(
            f"{counter.id} {desk.name(counter.name)}",
            desk.doing(counter),
            ticket.number if ticket else "",
            desk.since(since(counter)),
            counter.staff or "",
            " ".join(counter.services),
            str(counter.figures.finished) if counter.figures.finished else "",
            effect,
            _remarks(desk, counter),
        ),
        pick=f"counter:{counter.id}",
        kind=_kind(counter),
    )


def since(counter: CounterStatus) -> int:
    """Since when it does what it does."""
    ticket = counter.current
    if ticket is None:
        return counter.since
    began = ticket.started_at if ticket.state == "serving" else ticket.called_at
    return began or counter.since


def _remarks(desk: Desk, counter: CounterStatus) -> str:
    said = []
    if counter.help:
        said.append(desk.board("help_asked", kind=desk.say(f"help_kind.{counter.help}")))
    if counter.silent_since is not None and counter.state != "closed":
        said.append(desk.board("silent", time=desk.local(counter.silent_since)))
    if counter.closing:
        said.append(desk.board("closing"))
    if counter.elastic:
        said.append(desk.board("elastic"))
    if counter.current is not None:
        said.append(desk.remarks(counter.current))
    return desk.all([words for words in said if words])


def _kind(counter: CounterStatus) -> Kind:
    if counter.help or (counter.silent_since and counter.state != "closed"):
        return "wants"
    return "quiet" if counter.state == "closed" else "plain"

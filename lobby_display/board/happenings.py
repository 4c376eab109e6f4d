"""What wants a person, what customers have asked for, and why each number was called. Pure."""

from __future__ import annotations

from lobby_display.board.sheet import Column, Row, Section
from lobby_display.board.words import Desk


def alerts(desk: Desk, looked: frozenset[int]) -> Section:
    """All that nobody has closed yet. What nobody has looked at is marked as new."""
    shown = list(reversed(desk.view.alerts))
    return Section(
        title=desk.board("alerts.title", n=len(shown)),
        columns=(
            Column(""),
            Column(desk.board("head.at")),
            Column(desk.board("head.about")),
            Column(desk.board("head.alert"), rest=True),
            Column(desk.board("head.for"), right=True, spare=1),
        ),
        rows=tuple(
            Row(
                cells=(
                    desk.board("alerts.seen" if alert.id in looked else "alerts.new"),
                    desk.local(alert.at),
                    desk.about(alert),
                    desk.say(f"alert_kind.{alert.kind}"),
                    desk.since(alert.at),
                ),
                pick=f"alert:{alert.id}",
                kind="plain" if alert.id in looked else "wants",
            )
            for alert in shown
        ),
        empty=desk.board("alerts.none"),
    )


def requests(desk: Desk) -> Section:
    """What customers have asked for, with who owns it until it is closed; the oldest first."""
    return Section(
        title=desk.board("requests.title", n=len(desk.view.requests)),
        columns=(
            Column(desk.board("head.at")),
            Column(desk.board("head.owner")),
            Column(desk.board("head.about")),
            Column(desk.board("head.asked"), rest=True),
            Column(desk.board("head.for"), right=True, spare=1),
        ),
        rows=tuple(
            Row(
                cells=(
                    desk.local(request.at),
                    request.owner,
                    desk.asked_about(request),
                    desk.say(f"request_kind.{request.kind}"),
                    desk.since(request.at),
                ),
                pick=f"request:{request.id}",
            )
            for request in desk.view.requests
        ),
        empty=desk.board("requests.none"),
    )


def calls(desk: Desk) -> Section:
    """The last calls with their reasons, newest first."""
    return Section(
        title=desk.board("calls.title"),
        columns=(
            Column(desk.board("head.at")),
            Column(desk.board("head.number")),
            Column(desk.board("head.counter")),
            Column(desk.board("head.why"), rest=True),
            Column(desk.board("head.passed"), spare=1),
        ),
        rows=tuple(
            Row(
                cells=(
                    desk.local(call.at),
                    call.number,
                    desk.counter(call.counter),
                    desk.why(call.why),
                    desk.passed(call),
                ),
                pick=f"call:{call.id}",
            )
            for call in desk.view.calls
        ),
        empty=desk.board("calls.none"),
    )

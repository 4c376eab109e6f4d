"""Who is on duty, what the screens say, and in which way the branch works today. Pure."""

from __future__ import annotations

from lobby_display.board.sheet import Column, Row, Section
from lobby_display.board.words import Desk


def duty(desk: Desk) -> Section:
    """Who has the lobby, and how long nobody had."""
    view = desk.view
    uncovered_ms = view.uncovered_ms
    if view.uncovered_since is not None:
        uncovered_ms += max(0, desk.now - view.uncovered_since)
    return Section(
        title=desk.board("duty.title", uncovered=desk.minutes(uncovered_ms)),
        columns=(
            Column(desk.board("head.staff"), rest=True),
            Column(desk.board("head.from")),
            Column(desk.board("head.for"), right=True),
        ),
        rows=tuple(
            Row(
                cells=(one.staff, desk.local(one.since), desk.since(one.since)),
                pick=f"duty:{one.staff}",
            )
            for one in view.duty
        ),
        empty=desk.board("duty.nobody"),
    )


def messages(desk: Desk) -> Section:
    """What stands on all screens."""
    return Section(
        title=desk.board("messages.title"),
        columns=(
            Column(desk.board("head.message"), rest=True),
            Column(desk.board("head.until")),
        ),
        rows=tuple(
            Row(
                cells=(shown.zh if desk.language == "zh" else shown.en, desk.local(shown.until)),
                pick=f"message:{shown.id}",
            )
            for shown in desk.view.messages
        ),
        empty=desk.board("messages.none"),
    )


def branch(desk: Desk) -> Section:
    """The day, the calling preset, an emergency."""
    view = desk.view
    facts = [
        ("day", view.day or desk.board("branch.closed")),
        ("preset", desk.say(f"preset.{view.preset}") if view.preset else ""),
        (
            "emergency",
            desk.say(f"emergency_kind.{view.emergency}")
            if view.emergency
            else desk.board("branch.no_emergency"),
        ),
    ]
    if view.next_day_opens is not None:
        facts.append(("opens", desk.local(view.next_day_opens)))
    rows = tuple(Row((desk.board(f"branch.{name}"), value), pick="more") for name, value in facts)
    return Section(desk.board("branch.title"), (Column(""), Column("", rest=True)), rows)

"""Whether the lobby, open to the public, has somebody on duty; and for how long it had not."""

from __future__ import annotations

from server.domain.state import Branch, Day


def uncovered_since(branch: Branch, day: Day, now: int) -> int | None:
    """Since when the lobby, open to the public, has had nobody on duty."""
    if not branch.config.duty_required or day.uncovered_since is None or not day.hours:
        return None
    first = min(today.tickets_from for today in day.hours.values())
    last = max(today.closes for today in day.hours.values())
    if now < first or (now >= last and not branch.live):
        return None
    return max(day.uncovered_since, first)


def uncovered_ms(branch: Branch, day: Day, now: int) -> int:
    """How long, up to now, nobody has been on duty since the last one left; 0 when somebody is."""
    since = uncovered_since(branch, day, now)
    return 0 if since is None else now - since

"""The plots of the page, as SVG that the server draws: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from server.accuracy.figures import Part, SaidAndWaited

WIDE: Final = 640
HIGH: Final = 240
LEFT: Final = 48
BELOW: Final = 36
TOP: Final = 12
RIGHT: Final = 12

TARGET: Final = (0.78, 0.82)
"""What an 80 % range is to cover."""

LEAST_MINUTES: Final = 10.0


def weeks(parts: Sequence[Part], title: str) -> str:
    """Week by week: the share of waits within the range (dots joined by a line) and of those
    called by the latest time (squares), above a band for what a range of 80 % is to cover."""
    if not parts:
        return ""
    wide = (WIDE - LEFT - RIGHT) / len(parts)

    def middle(n: int) -> float:
        return LEFT + wide * (n + 0.5)

    drawn = [*_shares_axis(), _band()]
    covered = [(middle(n), part.held.coverage) for n, part in enumerate(parts)]
    points = [(x, _y_of_share(share)) for x, share in covered if share is not None]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn.append(f'<polyline points="{joined}" fill="none" stroke="currentColor"/>')
    drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"/>' for x, y in points]
    for n, part in enumerate(parts):
        if part.held.in_time_share is not None:
            x, y = middle(n) - 4, _y_of_share(part.held.in_time_share) - 4
            drawn.append(_square(x, y))
        if n % max(1, len(parts) // 6) == 0:
            drawn.append(_word(middle(n), HIGH - 14, part.name[5:], "middle"))
    return _svg(drawn, title)


def said(bins: Sequence[SaidAndWaited], title: str) -> str:
    """Minutes told (to the right) and minutes waited (upwards): on the diagonal they agree. The
    larger a dot, the more tickets."""
    if not bins:
        return ""
    most = max(LEAST_MINUTES, *(max(one.said_minutes, one.waited_minutes) for one in bins))
    step = next(s for s in (2, 5, 10, 20, 30, 60, 120, 1_000_000) if most / s <= 8)

    def x(minutes: float) -> float:
        return LEFT + minutes / most * (WIDE - LEFT - RIGHT)

    def y(minutes: float) -> float:
        return HIGH - BELOW - minutes / most * (HIGH - BELOW - TOP)

    drawn = [_line(x(0), y(0), x(most), y(most), dashed=True)]
    for n in range(int(most // step) + 1):
        drawn.append(_word(x(n * step), HIGH - 14, str(n * step), "middle"))
        drawn.append(_word(LEFT - 6, y(n * step) + 4, str(n * step), "end"))
        drawn.append(_line(x(0), y(n * step), x(most), y(n * step)))
    tickets = sum(one.tickets for one in bins)
    for one in bins:
        size = 3 + 9 * (one.tickets / tickets) ** 0.5
        at = f'cx="{x(one.said_minutes):.1f}" cy="{y(one.waited_minutes):.1f}"'
        drawn.append(f'<circle {at} r="{size:.1f}" fill="currentColor" fill-opacity="0.6"/>')
    return _svg(drawn, title)


def _svg(drawn: Sequence[str], title: str) -> str:
    said = escape(title)
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{said}">'
        f"<title>{said}</title>{''.join(drawn)}</svg>"
    )


def _y_of_share(share: float) -> float:
    return TOP + (1.0 - share) * (HIGH - BELOW - TOP)


def _shares_axis() -> Iterator[str]:
    for tenths in range(0, 11, 2):
        y = _y_of_share(tenths / 10)
        yield _line(LEFT, y, WIDE - RIGHT, y)
        yield _word(LEFT - 6, y + 4, f"{tenths * 10}%", "end")


def _band() -> str:
    top, bottom = _y_of_share(TARGET[1]), _y_of_share(TARGET[0])
    return (
        f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDE - LEFT - RIGHT}" '
        f'height="{bottom - top:.1f}" fill="currentColor" fill-opacity="0.15"/>'
    )


def _square(x: float, y: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="8" height="8" fill="none" stroke="currentColor"/>'


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="6 4"' if dashed else ' stroke-opacity="0.2"'
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="currentColor"{dashes}/>'
    )


def _word(x: float, y: float, word: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12" '
        f'fill="currentColor">{escape(word)}</text>'
    )

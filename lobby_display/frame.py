"""Where everything goes on a screen of that size, and how large: a picture becomes lines. Pure.

Calls get the room that is there, never less than `least_rows` a number where that is possible. A
line is a row of pieces, each with the name of its look; nothing scrolls, what does not fit takes
turns or is cut with a mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from lobby_display.images import rows_of
from lobby_display.legible import WIDEST_COUNTER, WIDEST_NUMBER
from lobby_display.pages import Call, Line, Picture
from shared.columns import cells, fit
from shared.ui.glyphs import BLOCKS, big, has_drawing, is_chinese, rows_that_fit

Piece: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[Piece, ...]

SLOTS_MAX: Final = 3
SLOTS_MAX_PORTRAIT: Final = 4
AROUND_ROWS: Final = 2
"""Below a number: the sentence, and an empty row."""

SIDE_SHARE: Final = 0.36
SIDE_CELLS_MIN: Final = 26
SIDE_CELLS_MAX: Final = 64
BELOW_ROWS_MIN: Final = 5
LAST_BIG_ROWS: Final = 3
GAP: Final = 2
FOOT_LINES_MAX: Final = 2

DRAWINGS_MAX: Final = 512
"""Numbers come again and again: drawing them takes a thousand times as long as looking them up."""


class Room(Struct, frozen=True):
    """A screen in cells and rows, and the fewest rows a number must have to be read."""

    cells: int
    rows: int
    least_rows: int = 3

    @property
    def portrait(self) -> bool:
        """A row is about as high as two cells are wide."""
        return self.cells < 2 * self.rows

    @property
    def head_rows(self) -> int:
        """Name, hours, clock."""
        return 1

    @property
    def stacked(self) -> bool:
        """Whether the calls need the whole width: what else there is stands below them."""
        return self.portrait or self.cells - self._call_cells - GAP < SIDE_CELLS_MIN

    @property
    def hero(self) -> Room:
        """Where calls come up."""
        body = self.rows - self.head_rows - 1 - 2
        if self.stacked:
            wanted = min(self.least_rows + AROUND_ROWS, body - BELOW_ROWS_MIN)
            return Room(self.cells, max(body * 5 // 9, wanted), self.least_rows)
        return Room(self.cells - self.side_cells - GAP, body, self.least_rows)

    @property
    def side_cells(self) -> int:
        """Beside the calls: the last ones, and the lines."""
        spare = self.cells - self._call_cells - GAP
        most = min(SIDE_CELLS_MAX, spare)
        return max(SIDE_CELLS_MIN, min(most, round(self.cells * SIDE_SHARE)))

    @property
    def _call_cells(self) -> int:
        return _call_cells(self.least_rows, [WIDEST_COUNTER])


def slots_of(room: Room) -> int:
    """How many calls can be up at once, each as large as it must be."""
    most = SLOTS_MAX_PORTRAIT if room.stacked else SLOTS_MAX
    return max(1, min(most, room.hero.rows // (room.least_rows + AROUND_ROWS)))


def number_rows(room: Room, slots: int, counters: Sequence[str]) -> int:
    """How high numbers are drawn where so many calls are up: the most that fits, 0 if nothing."""
    hero = room.hero
    rows = hero.rows // slots - AROUND_ROWS
    while rows >= 3 and _call_cells(rows, counters) > hero.cells:
        rows -= 1
    return max(0, rows) if rows >= 3 else 0


def draw(picture: Picture, room: Room) -> list[Row]:
    """All rows of the screen, each as wide as it is."""
    rows = [_head(picture, room.cells)]
    if picture.warning:
        rows.append(((_middle(picture.warning, room.cells), "warning"),))
    else:
        rows.append(_empty(room.cells))
    foot = list(_foot(picture, room.cells))
    body = room.rows - len(rows) - len(foot)
    if picture.notice is not None and not picture.calls:
        rows += _notice(picture.notice, room.cells, body, sign=picture.sign)
    elif picture.sign:
        rows += _over_the_counter(picture, room.cells, body)
    elif room.stacked:
        hero = room.hero.rows
        rows += _hero(picture, room, room.cells, hero)
        rows += _side(picture, room.cells, body - hero)
    else:
        left = _hero(picture, room, room.hero.cells, body)
        right = _side(picture, room.side_cells, body)
        between: Row = ((" " * GAP, "text"),)
        rows += [(*a, *between, *b) for a, b in zip(left, right, strict=True)]
    rows = (rows + foot)[: room.rows]
    if picture.stale:
        rows = [
            tuple((words, "warning" if n == 1 else "stale") for words, _ in row)
            for n, row in enumerate(rows)
        ]
    return rows


# --- Edges -----------------------------------------------------------------------------------


def _head(picture: Picture, width: int) -> Row:
    clock = picture.now
    room = max(0, width - cells(clock) - 3)
    hours = picture.hours if cells(picture.name) + cells(picture.hours) + 4 <= room else ""
    left = room - cells(hours) - 2
    name = f" {picture.name}"
    return (
        (fit(name, left), "head"),
        (hours + "  ", "head-quiet"),
        (f" {clock}  ", "head"),
    )


def _foot(picture: Picture, width: int) -> Iterator[Row]:
    """What is said to all: at most two rows each."""
    for n, said in enumerate(picture.foot):
        look = "order" if n == len(picture.foot) - 1 else "message"
        for line in list(broken(said, width))[:FOOT_LINES_MAX]:
            yield ((_middle(line, width), look),)


# --- Calls -----------------------------------------------------------------------------------


def _hero(picture: Picture, room: Room, width: int, height: int) -> list[Row]:
    if not picture.calls:
        return _slide(picture, width, height)
    slots = slots_of(room)
    heights = _heights(picture.calls, height, slots, room.least_rows + AROUND_ROWS)
    rows: list[Row] = []
    for call, high in zip(picture.calls, heights, strict=False):
        rows += _call(call, width, high, picture.counters)
    return _filled(rows, width, height)


def _heights(calls: Sequence[Call], height: int, slots: int, least: int) -> list[int]:
    """A long call takes what the others can spare."""
    usual = height // slots
    spare = height - usual * slots
    long = sum(call.long for call in calls)
    if not long:
        return [usual] * len(calls)
    others = [min(usual, least) if not call.long else 0 for call in calls]
    left = height - sum(others) - spare
    return [high or left // long for high in others]


def _call(call: Call, width: int, height: int, counters: Sequence[str]) -> list[Row]:
    look = "call-lit" if call.lit else "call"
    rows = height - AROUND_ROWS
    while rows >= 3 and _call_cells(rows, [*counters, call.counter], call.number) > width:
        rows -= 1
    said: Row = ((_middle(call.said, width), "said-lit" if call.lit else "said"),)
    if rows < 3:
        words = f"{call.number}  ▶  {call.counter}"
        return [((_middle(words, width), look),), said][:height]
    drawn = _drawn(call, rows, counters)
    lines: list[Row] = [((_middle(line, width), look),) for line in drawn]
    return _filled([*lines, said], width, height)


def _drawn(call: Call, rows: int, counters: Sequence[str]) -> list[str]:
    """Number, arrow, counter; each in a column of its own, so that calls stand below each other."""
    number, counter, arrow = _big(call.number, rows), _big(call.counter, rows), _arrow(rows)
    gap = " " * max(2, rows // 3)
    left = max(_wide(WIDEST_NUMBER, rows), len(number[0]))
    right = max(_wide(one, rows) for one in (*counters, call.counter))
    return [
        f"{a:>{left}}{gap}{b}{gap}{c:<{right}}"
        for a, b, c in zip(number, arrow, counter, strict=True)
    ]


def _call_cells(rows: int, counters: Sequence[str], number: str = "") -> int:
    widest = max((_wide(counter, rows) for counter in counters), default=0)
    wide = max(_wide(WIDEST_NUMBER, rows), _wide(number, rows) if number else 0)
    return wide + len(_arrow(rows)[0]) + widest + 2 * max(2, rows // 3)


@lru_cache(DRAWINGS_MAX)
def _big(words: str, rows: int) -> tuple[str, ...]:
    return tuple(big(words, rows))


def _wide(words: str, rows: int) -> int:
    return len(_big(words, rows)[0])


@lru_cache(DRAWINGS_MAX)
def _arrow(rows: int) -> tuple[str, ...]:
    """Points from the number to the counter, in the middle three fifths of the height."""
    dots = 2 * rows
    high = max(3, dots * 3 // 5) | 1
    top = (dots - high) // 2
    wide = high // 2 + 1
    masks = []
    for y in range(dots):
        inside = 0 <= y - top < high
        masks.append(wide - abs(y - top - high // 2) if inside else 0)
    lines = []
    for upper, lower in zip(masks[::2], masks[1::2], strict=True):
        line = (BLOCKS[2 * (x < upper) + (x < lower)] for x in range(wide))
        lines.append("".join(line))
    return tuple(lines)


def _over_the_counter(picture: Picture, width: int, height: int) -> list[Row]:
    """One counter's own sign: its name, and the number as large as the wall allows."""
    rows: list[Row] = [((_middle(picture.sign, width), "head"),), _empty(width)]
    for call in picture.calls[-1:]:
        look = "call-lit" if call.lit else "call"
        most = height - 4
        high = rows_that_fit(call.number, width, most)
        lines = big(call.number, high) if high else [call.number]
        rows += [((_middle(line, width), look),) for line in lines]
        rows.append(((_middle(call.said, width), "said"),))
    return _filled(rows, width, height)


# --- Beside the calls ------------------------------------------------------------------------


def _side(picture: Picture, width: int, height: int) -> list[Row]:
    lines = [_line(line, width) for line in picture.lines]
    lines = lines[: max(0, height - 4)]
    for_last = height - len(lines) - (2 if lines else 0)
    rows = [_title(picture.last_heading, width), *_last(picture, width, for_last - 1)]
    rows = _filled(rows, width, for_last)
    if lines:
        rows += [_empty(width), _title(picture.lines_heading, width), *lines]
    return _filled(rows, width, height)


def _last(picture: Picture, width: int, height: int) -> Iterator[Row]:
    """Large where there is room for all calls of the last minute, otherwise in plain rows."""
    if not picture.last:
        return
    each = LAST_BIG_ROWS + 1
    fits = height // each
    needed = max(3, picture.last_now)
    if fits >= min(needed, len(picture.last)) and fits >= 2 and _big_enough(picture, width):
        for call in picture.last[:fits]:
            yield from _last_big(call, width, picture.counters)
            yield _empty(width)
        return
    # Whole columns of plain rows when there are more than fit: none is left out.
    columns = max(1, min(width // 13, -(-picture.last_now // max(1, height))))
    if columns == 1:
        for call in picture.last[:height]:
            yield _last_row(call, width)
        return
    wide = width // columns
    for n in range(height):
        chosen = picture.last[n : height * columns : height]
        pieces = [(fit(f"{c.number} ▶ {c.counter}", wide), "last") for c in chosen]
        yield tuple(_to_width(pieces, width))


def _last_big(call: Call, width: int, counters: Sequence[str]) -> Iterator[Row]:
    place, _, at = call.said.rpartition("  ")
    drawn = _drawn(call, LAST_BIG_ROWS, counters)
    for n, line in enumerate(drawn):
        more = ("", place, at)[n]
        rest = width - cells(line) - 2
        shown = fit(more if cells(more) <= rest else "", max(0, rest), right=True)
        yield (line, "last"), ("  " + shown, "quiet")


def _big_enough(picture: Picture, width: int) -> bool:
    return _call_cells(LAST_BIG_ROWS, picture.counters) + 2 <= width


def _last_row(call: Call, width: int) -> Row:
    start = f"{call.number} ▶ {call.counter}"
    start += " " * max(1, 11 - cells(start))
    room = width - cells(start)
    more = call.said if cells(call.said) <= room else call.said.rpartition("  ")[2]
    return (start, "last"), (fit(more, room, right=True), "quiet")


def _line(line: Line, width: int) -> Row:
    state = line.state if cells(line.state) < width - 8 else fit(line.state, width - 8)
    return (fit(line.name, width - cells(state) - 1) + " ", "text"), (state, "state")


def _title(words: str, width: int) -> Row:
    return ((fit(words, width), "title"),)


# --- The playlist ----------------------------------------------------------------------------


def _slide(picture: Picture, width: int, height: int) -> list[Row]:
    """A text, or a picture with its words below."""
    heading, more = picture.slide or ("", "")
    if not picture.image:
        return _notice((heading, more), width, height)
    below = [line for words in (heading, more) if words for line in broken(words, width - 4)]
    below = below[: height // 3]
    rows = list(rows_of(Path(picture.image), width, height - len(below)))
    return rows + [((_middle(line, width), "heading"),) for line in below]


# --- Words in the middle ---------------------------------------------------------------------


def _notice(said: tuple[str, str], width: int, height: int, sign: str = "") -> list[Row]:
    """A heading, drawn if there is room for it, and a text below."""
    heading, more = said
    rows: list[Row] = []
    if sign:
        rows += [((_middle(sign, width), "head"),), _empty(width)]
    room = height - len(rows) - 4
    rows_max = min(16, max(8 if is_chinese(heading) else 4, room // 3))
    high = rows_that_fit(heading, width - 4, rows_max) if has_drawing(heading) and heading else 0
    if high and high <= room:
        lines = [line.rstrip() for line in big(heading, high)]
        wide = max(map(cells, lines))
        lines = [fit(line, wide) for line in lines]
    else:
        lines = list(broken(heading, width - 4))
    texts = list(broken(more, width - 4)) if more else []
    above = max(0, (height - len(rows) - len(lines) - len(texts) - 1) // 2)
    rows += [_empty(width)] * above
    rows += [((_middle(line, width), "heading"),) for line in lines]
    rows.append(_empty(width))
    rows += [((_middle(line, width), "text"),) for line in texts]
    return _filled(rows, width, height)


def broken(words: str, width: int) -> Iterator[str]:
    """Words in lines no wider than that: between words, in Chinese between signs."""
    line = ""
    for part in _parts(words):
        if line and cells(line + part.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part
    if line.strip():
        yield line.rstrip()


def _parts(words: str) -> Iterator[str]:
    part = ""
    for n, sign in enumerate(words):
        part += sign
        following = words[n + 1 : n + 2]
        if sign == " " or (is_chinese(sign) and not _is_mark(following)):
            yield part
            part = ""
    if part:
        yield part


def _is_mark(sign: str) -> bool:
    """What may not begin a line."""
    return bool(sign) and not (is_chinese(sign) and sign.isalpha()) and not sign.isalnum()


def _middle(words: str, width: int) -> str:
    wide = cells(words)
    if wide > width:
        return fit(words, width)
    left = (width - wide) // 2
    return " " * left + words + " " * (width - wide - left)


def _filled(rows: list[Row], width: int, height: int) -> list[Row]:
    return (rows + [_empty(width)] * (height - len(rows)))[:height]


def _to_width(pieces: list[Piece], width: int) -> Iterator[Piece]:
    yield from pieces
    taken = sum(cells(words) for words, _ in pieces)
    yield " " * max(0, width - taken), "text"


def _empty(width: int) -> Row:
    return ((" " * width, "text"),)

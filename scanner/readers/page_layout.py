"""Where the tables of a page are: from ruled lines where there are any, else from columns of white between the words.

Works on characters with their boxes, in points, y upwards, as page description languages give them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

_GAP = 1.0  # of the characters' height: a wider gap between two words of a line parts two cells
_WORD = 0.18  # of the height: a wider gap parts two words
_SCRIPTS = 0.35  # of the height: between Chinese and Western characters programs leave a little white of their own
_RULES = 4_000  # ruled lines of a page; more are a drawing
_NEAR = 2.0  # points within which two ruled lines are one


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a page. text: one string each; boxes: float64 [n, 4]: left, bottom, right, top.

    pieces: int64 [n], the number of the string that the page writes with one command; empty where nobody knows.
    """

    text: list[str]
    boxes: Floats
    pieces: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand together in a line."""

    left: float
    right: float
    text: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page. y: its middle; height: of its characters."""

    y: float
    height: float
    parts: list[Part]

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)


@dataclass(slots=True)
class PageTable:
    """A table: the left edges of its columns and its rows, top first."""

    edges: list[float]
    rows: list[list[str]] = field(default_factory=list)


def layout(glyphs: Glyphs, rules: Floats) -> list[PageTable | str]:
    """Tables and lines of prose, top to bottom. rules: thin or framed rectangles, float64 [n, 4] as the boxes."""
    if not glyphs.text:
        return []
    found: list[tuple[float, PageTable | str]] = []
    rest = np.ones(len(glyphs.text), bool)
    for area in _ruled(rules):
        inside = _within(glyphs.boxes, area) & rest
        if inside.any():
            rest &= ~inside
            found.append((area.top, _ruled_table(_lines(glyphs, inside, area), area)))
    for y, part in _unruled(_lines(glyphs, rest, starts=_starts(glyphs, rest))):
        found.append((y, part))
    return [part for _, part in sorted(found, key=lambda pair: -pair[0])]


# ---- lines of words


def _starts(glyphs: Glyphs, chosen: NDArray[np.bool_]) -> list[float]:
    """Places where strings begin in many lines: columns whose cells touch each other part there."""
    at = np.flatnonzero(chosen)
    if not len(glyphs.pieces) or len(at) < 2:
        return []
    boxes = glyphs.boxes[at]
    bottom = boxes[:, 1]
    # only where numbers and Latin words would run together: Chinese characters are often placed one by one
    western = np.array([_is_western(glyphs.text[index]) for index in at.tolist()])
    beside = western[1:] & western[:-1]
    apart = beside & (np.diff(glyphs.pieces[at]) != 0)
    if apart.sum() * 4 > beside.sum():
        return []  # some programs place every character one by one
    first = np.flatnonzero(apart) + 1
    left, lines = boxes[first, 0], len(np.unique(np.round(bottom / max(float(np.median(boxes[:, 3] - bottom)), 1.0))))
    places, counts = np.unique(np.round(left), return_counts=True)
    return [float(place) for place, count in zip(places.tolist(), counts.tolist(), strict=True) if count >= max(4, 0.4 * lines)]


def _is_western(text: str) -> bool:
    return text[-1:].isascii() and text[-1:].isalnum()


def _is_mixed(one: str, other: str) -> bool:
    """Whether one of two characters beside each other is Western."""
    return one.isascii() != other.isascii()


def _is_start(starts: Sequence[float], place: float) -> bool:
    return any(abs(start - place) <= 1 for start in starts)


def _lines(glyphs: Glyphs, chosen: NDArray[np.bool_], area: _Area | None = None, starts: Sequence[float] = ()) -> list[TextLine]:
    """The lines of the chosen characters, top first. area: its vertical rules part cells; starts: so do these places."""
    at = np.flatnonzero(chosen)
    if not len(at):
        return []
    boxes = glyphs.boxes[at]
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    middles = (boxes[:, 3] + boxes[:, 1]) / 2
    order = np.argsort(-middles, kind="stable")
    lines: list[TextLine] = []
    group: list[int] = []
    level = height = 0.0
    for index in order.tolist():
        if group and level - middles[index] > 0.5 * min(height, heights[index]):
            lines.append(_line(glyphs, boxes, heights, group, at, area, starts))
            group = []
        if not group:
            level, height = float(middles[index]), float(heights[index])
        group.append(index)
    lines.append(_line(glyphs, boxes, heights, group, at, area, starts))
    return [line for line in lines if line.parts]


def _line(
    glyphs: Glyphs, boxes: Floats, heights: Floats, group: list[int], at: Numbers, area: _Area | None, starts: Sequence[float]
) -> TextLine:
    height = float(np.median(heights[group]))
    y = float(np.mean((boxes[group, 1] + boxes[group, 3]) / 2))
    walls = area.walls(y) if area is not None else []
    parts: list[Part] = []
    for run in sorted(_runs(glyphs, boxes, group, at, height, walls, starts), key=lambda run: run.left):
        before = parts[-1] if parts else None
        gap = run.left - before.right if before else 0.0
        if (
            before is None
            or gap > _GAP * height
            or gap < -0.3 * height
            or _between(walls, before, run)
            or (_is_western(before.text) and _is_start(starts, run.left))
        ):
            parts.append(run)
        else:
            blank = " " if gap > (_SCRIPTS if _is_mixed(before.text[-1], run.text[0]) else _WORD) * height else ""
            parts[-1] = Part(before.left, max(before.right, run.right), f"{before.text}{blank}{run.text}")
    # a cell that runs over the next one ends where that begins
    ends = [max(part.left, min(part.right, after.left)) for part, after in zip(parts, parts[1:], strict=False)]
    return TextLine(y, height, [replace(part, right=end) for part, end in zip(parts, ends, strict=False)] + parts[-1:])


def _runs(
    glyphs: Glyphs, boxes: Floats, group: list[int], at: Numbers, height: float, walls: list[float], starts: Sequence[float]
) -> list[Part]:
    """Characters that the page writes one after the other: a long cell that runs over the next one stays in one piece."""
    runs: list[Part] = []
    text: list[str] = []
    left = right = 0.0
    spaced = drawn = False
    piece = 0
    box = (0.0, 0.0)
    for index in sorted(group):
        character = glyphs.text[at[index]]
        start, end = float(boxes[index, 0]), float(boxes[index, 2])
        if not character.strip():
            spaced = spaced or bool(text)
            drawn = drawn or (bool(text) and end > start)  # others are what the library makes of a gap
            continue
        if text and (start, end) == box:  # the second letter of a ligature
            text.append(character)
            continue
        box = (start, end)
        gap = start - right
        loose = gap > _WORD * height or spaced
        fresh = bool(starts) and bool(text) and glyphs.pieces[at[index]] != piece and _is_western(text[-1])
        begins = fresh and _is_start(starts, start)
        piece = int(glyphs.pieces[at[index]]) if starts else 0
        mixed = bool(text) and _is_mixed(text[-1][-1], character[0])
        blank = gap > _SCRIPTS * height if mixed and not drawn else loose
        crossed = loose and any(right - 0.5 <= wall <= start + 0.5 for wall in walls)
        if text and (gap > _GAP * height or gap < -0.5 * height or crossed or begins):
            runs.append(Part(left, right, "".join(text)))
            text = []
        if not text:
            left = right = start
        elif blank:
            text.append(" ")
        text.append(character)
        right, spaced, drawn = max(end, right), False, False
    if text:
        runs.append(Part(left, right, "".join(text)))
    return runs


def _between(walls: list[float], one: Part, other: Part) -> bool:
    return any(one.left < wall <= other.left + 0.5 for wall in walls)


# ---- tables between ruled lines


@dataclass(frozen=True, slots=True)
class _Area:
    """A grid of ruled lines. xs, ys: places of its lines, ascending; upright: (x, bottom, top) of vertical ones."""

    xs: list[float]
    ys: list[float]
    upright: list[tuple[float, float, float]]

    @property
    def top(self) -> float:
        return self.ys[-1]

    def walls(self, y: float) -> list[float]:
        """Places of the vertical lines that cross a height."""
        return _merged([x for x, bottom, top in self.upright if bottom - _NEAR < y < top + _NEAR])


def _ruled(rules: Floats) -> list[_Area]:
    """Grids: connected lines with two columns and rows or more."""
    if not len(rules) or len(rules) > _RULES:
        return []
    wide, high = rules[:, 2] - rules[:, 0], rules[:, 3] - rules[:, 1]
    lines: list[tuple[float, float, float, float]] = []
    for (left, bottom, right, top), width, height in zip(rules.tolist(), wide.tolist(), high.tolist(), strict=True):
        if width <= _NEAR < height or height <= _NEAR < width:
            lines.append((left, bottom, right, top))
        elif width > _NEAR and height > _NEAR:  # a frame or a filled cell: its four sides
            lines += [
                (left, bottom, left, top),
                (right, bottom, right, top),
                (left, bottom, right, bottom),
                (left, top, right, top),
            ]
    lines = list(dict.fromkeys((round(a, 1), round(b, 1), round(c, 1), round(d, 1)) for a, b, c, d in lines))  # cells share sides
    areas = []
    for members in _connected(np.array(lines).reshape(-1, 4)):
        group = [lines[index] for index in members]
        upright = _joined_up(
            [((left + right) / 2, bottom, top) for left, bottom, right, top in group if top - bottom > right - left]
        )
        level = [(bottom + top) / 2 for left, bottom, right, top in group if right - left >= top - bottom]
        xs, ys = _merged([x for x, _, _ in upright]), _merged(level)
        if len(xs) > 2 and len(ys) > 2:
            areas.append(_Area(xs, ys, upright))
    return areas


def _joined_up(upright: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Vertical lines (x, bottom, top), the sides of cells above each other as one."""
    joined: list[tuple[float, float, float]] = []
    for x, bottom, top in sorted(upright):
        if joined and joined[-1][0] == x and bottom <= joined[-1][2] + _NEAR:
            joined[-1] = (x, joined[-1][1], max(top, joined[-1][2]))
        else:
            joined.append((x, bottom, top))
    return joined


def _connected(lines: Floats) -> list[list[int]]:
    """Indices of lines that touch each other, directly or through others."""
    left: set[int] = set(range(len(lines)))
    groups = []
    while left:
        stack = [left.pop()]
        group: list[int] = []
        while stack:
            one = stack.pop()
            group.append(one)
            box = lines[one]
            touching = (
                (lines[:, 0] <= box[2] + _NEAR)
                & (lines[:, 2] >= box[0] - _NEAR)
                & (lines[:, 1] <= box[3] + _NEAR)
                & (lines[:, 3] >= box[1] - _NEAR)
            )
            for other in np.flatnonzero(touching).tolist():
                if other in left:
                    left.remove(other)
                    stack.append(other)
        groups.append(group)
    return groups


def _merged(places: Sequence[float]) -> list[float]:
    merged: list[float] = []
    for place in sorted(places):
        if not merged or place - merged[-1] > _NEAR:
            merged.append(place)
    return merged


def _within(boxes: Floats, area: _Area) -> NDArray[np.bool_]:
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside: NDArray[np.bool_] = (x > area.xs[0]) & (x < area.xs[-1]) & (y > area.ys[0]) & (y < area.ys[-1])
    return inside


def _ruled_table(lines: list[TextLine], area: _Area) -> PageTable:
    columns, count = len(area.xs) - 1, len(area.ys) - 1
    cells: list[list[list[str]]] = [[[] for _ in range(columns)] for _ in range(count)]
    for line in lines:
        row = count - 1 - _slot(area.ys, line.y, count)
        walls = area.walls(line.y)
        for part in line.parts:
            # a merged cell spans several columns: its text belongs to the first of them
            start = max((wall for wall in walls if wall <= part.left + 1), default=area.xs[0])
            cells[row][_slot(area.xs, start + _NEAR * 1.5, columns)].append(part.text)
    table = PageTable(area.xs[:-1], [["".join(_joined(cell)) for cell in row] for row in cells])
    table.rows = [row for row in table.rows if any(row)]
    return table


def _slot(edges: Sequence[float], place: float, count: int) -> int:
    return min(max(int(np.searchsorted(edges, place)) - 1, 0), count - 1)


def _joined(pieces: list[str]) -> list[str]:
    """Lines of a wrapped cell: a break within a number, a word or Chinese text is no break."""
    joined: list[str] = []
    for piece in pieces:
        if joined and joined[-1][-1:].isascii() and piece[:1].isascii() and joined[-1][-1:].isalpha() and piece[:1].isalpha():
            joined.append(" ")
        joined.append(piece)
    return joined


# ---- tables without lines


def _unruled(lines: list[TextLine]) -> list[tuple[float, PageTable | str]]:
    """Runs of three lines and more whose words leave the same columns white are tables, all else is prose."""
    found: list[tuple[float, PageTable | str]] = []
    run: list[TextLine] = []
    for line in lines:
        if run and not (_fits(run, line) and run[-1].y - line.y < 4 * max(line.height, run[-1].height)):
            found += _settled(run)
            run = []
        run.append(line)
    found += _settled(run)
    return found


def _columns(lines: list[TextLine]) -> list[tuple[float, float]]:
    """Intervals of x that some word covers."""
    covered: list[tuple[float, float]] = []
    for left, right in sorted((part.left, part.right) for line in lines for part in line.parts):
        if covered and left < covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], right))
        else:
            covered.append((left, right))
    return covered


def _fits(run: list[TextLine], line: TextLine) -> bool:
    """Whether a line leaves white what the lines above leave white, so that two columns or more remain."""
    if len(line.parts) < 2 and len(run[0].parts) < 2:
        return True  # prose after prose
    if len(run[0].parts) < 2:
        return False
    before = len(_columns(run[-_LOOK:]))
    after = len(_columns([*run[-_LOOK:], line]))
    if len(line.parts) < 2:
        return after == before and before > 1 and line.parts[0].right - line.parts[0].left < 0.5 * _width(run)
    return after >= max(2, min(before, len(line.parts)) * 0.6)


_LOOK = 12


def _width(lines: list[TextLine]) -> float:
    return max(line.parts[-1].right for line in lines) - min(line.parts[0].left for line in lines)


def _settled(run: list[TextLine]) -> list[tuple[float, PageTable | str]]:
    columns = _columns(run)
    if len(columns) < 2 or sum(len(line.parts) > 1 for line in run) < 2:
        return [(line.y, line.text) for line in run]
    edges = [left for left, _ in columns]
    table = PageTable(edges)
    for line in run:
        row = [""] * len(edges)
        for part in line.parts:
            place = _slot(edges, part.left + 0.01, len(edges))
            row[place] = f"{row[place]} {part.text}" if row[place] else part.text
        # a line whose first cell is empty goes on with the cells above
        if table.rows and not row[0] and sum(map(bool, row)) * 2 <= len(row):
            last = table.rows[-1]
            table.rows[-1] = ["".join(_joined([a, b])) if a and b else a or b for a, b in zip(last, row, strict=True)]
        else:
            table.rows.append(row)
    return [(run[0].y, table)]

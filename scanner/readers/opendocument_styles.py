"""Styles of OpenDocument texts and presentations: what they say of their text, and what they lay behind it.

Source: OpenDocument 1.3 part 3, chapters 16 (styles) and 20 (formatting attributes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scanner.readers.looks import HIDDEN, OUTSIDE, TINY, UNKNOWN, WHITE

_COLOUR = re.compile(r"#([0-9A-Fa-f]{6})\Z")
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)\Z")
_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_SMALLEST = 2.0  # points; what is smaller nobody can read
_INHERITED = 20  # styles above a style
_FAMILIES = {
    "p": ("paragraph",),
    "h": ("paragraph",),
    "span": ("text",),
    "table": ("table",),
    "table-row": ("table-row",),
    "table-cell": ("table-cell",),
    "section": ("section",),
    "page": ("drawing-page",),
}
_SHAPE = ("presentation", "graphic")


@dataclass(frozen=True, slots=True)
class Look:
    """What an element says of the text in it; None: nothing, its parent does.

    fill: the colour behind it, "" for none; unshown: it is a hidden slide
    """

    hides: str | None = None
    colour: str | None = None
    fill: str | None = None
    unshown: bool = False

    @property
    def marks(self) -> bool:
        return self.hides is not None or self.colour is not None


_NOTHING = Look()


@dataclass(slots=True)
class Styles:
    """The styles of a document, as they are met. Keys are family and name."""

    looks: dict[tuple[str, str], Look] = field(default_factory=dict)
    parents: dict[tuple[str, str], str] = field(default_factory=dict)
    masters: dict[str, str] = field(default_factory=dict)
    pictured: set[str] = field(default_factory=set)
    ground: str = WHITE
    size: tuple[float, float] = (0.0, 0.0)
    _style: tuple[str, str] | None = None
    _master: str = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element of a part begins; those that describe styles are taken."""
        if name in ("style", "default-style"):
            self._style = (attributes.get("family", ""), attributes.get("name", ""))
            self.looks[self._style] = _NOTHING
            self.parents[self._style] = attributes.get("parent-style-name", "")
        elif name.endswith("-properties"):
            self._properties(name, attributes)
        elif name == "master-page":
            self._master = attributes.get("name", "")
            self.masters[self._master] = attributes.get("style-name", "")
        elif name == "image" and self._master:
            self.pictured.add(self._master)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in ("style", "default-style"):
            self._style = None
        elif name == "master-page":
            self._master = ""

    def look(self, name: str, attributes: Mapping[str, str]) -> Look:
        """What an element of the text says by its style and by itself."""
        style = attributes.get("style-name", "")
        said = _NOTHING
        for family in _FAMILIES.get(name, _SHAPE) if style else ():
            if (family, style) in self.looks:
                said = self._inherited(family, style)
                break
        if attributes.get("display") == "none" or attributes.get("is-hidden") == "true":
            said = replace(said, hides=HIDDEN)
        return said

    def page(self, attributes: Mapping[str, str]) -> Look:
        """A slide: its background, its master's where it has none of its own."""
        said = self.look("page", attributes)
        master = attributes.get("master-page-name", "")
        if not said.fill:
            said = replace(said, fill=self._inherited("drawing-page", self.masters.get(master, "")).fill or WHITE)
        return replace(said, fill=UNKNOWN) if master in self.pictured else said

    def beside(self, attributes: Mapping[str, str]) -> str | None:
        """OUTSIDE for a shape that stands beside the slide."""
        x, y, width, height = (points(attributes.get(key, "")) for key in ("x", "y", "width", "height"))
        if not all(self.size) or x is None or y is None:
            return None
        beside = x >= self.size[0] or y >= self.size[1] or x + (width or 0) < 0 or y + (height or 0) < 0
        return OUTSIDE if beside else None

    def _inherited(self, family: str, style: str) -> Look:
        hides = colour = fill = None
        unshown = False
        for _ in range(_INHERITED):
            said = self.looks.get((family, style), _NOTHING)
            hides = hides if hides is not None else said.hides
            fill = fill if fill is not None else said.fill
            colour, unshown = colour or said.colour, unshown or said.unshown
            if not style:
                break
            style = self.parents.get((family, style), "")
        return Look(hides, colour, fill, unshown)

    def _properties(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "page-layout-properties":
            width, height = points(attributes.get("page-width", "")), points(attributes.get("page-height", ""))
            self.size = max(self.size, (width or 0.0, height or 0.0))  # slides are wider than the pages of their notes
            self.ground = _colour(attributes.get("background-color", "")) or self.ground
        elif self._style is not None:
            self.looks[self._style] = _said(name, attributes, self.looks[self._style])


def points(length: str) -> float | None:
    """A length in points; None: it is none."""
    found = _LENGTH.match(length)
    return float(found[1]) * _POINTS[found[2]] if found and len(length) < 20 else None


def _said(name: str, attributes: Mapping[str, str], before: Look) -> Look:
    """What one element of properties adds to a style."""
    fill = _colour(attributes.get("background-color", ""))
    if name in ("graphic-properties", "drawing-page-properties") and "fill" in attributes:
        kind = attributes["fill"]
        fill = _colour(attributes.get("fill-color", "")) or UNKNOWN if kind == "solid" else "" if kind == "none" else UNKNOWN
    fill = fill if fill is not None else before.fill
    if name == "drawing-page-properties":
        return replace(before, fill=fill, unshown=attributes.get("visibility") == "hidden")
    if name != "text-properties":
        return replace(before, fill=fill)
    hides = before.hides
    size = points(attributes.get("font-size", ""))
    if "display" in attributes:
        hides = HIDDEN if attributes["display"] == "none" else ""
    elif size is not None and size <= _SMALLEST:
        hides = TINY
    return replace(before, hides=hides, colour=_colour(attributes.get("color", "")) or before.colour, fill=fill)


def _colour(said: str) -> str | None:
    found = _COLOUR.match(said)
    return found[1].upper() if found else None

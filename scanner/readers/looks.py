"""What hides text on a page or a slide: a mark of its font, its colour, its size, or the shape that it stands in.

Text whose colour is that of what lies behind it is called hidden only where both are told: behind a picture, a gradient or the
style of a table anything may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HIDDEN = "hidden text"
BLANK = "text in the colour of the background"
TINY = "text too small to read"
SHAPE = "hidden shape"
OUTSIDE = "outside the slide"
UNSEEN = (HIDDEN, BLANK, TINY, SHAPE, OUTSIDE)

UNKNOWN = "?"  # a background that is not told
WHITE = "FFFFFF"
THEME = {"bg1": WHITE, "lt1": WHITE, "background1": WHITE, "light1": WHITE, "tx1": "000000", "dk1": "000000"}
_SMALLEST = 2.0  # points; what is smaller nobody can read
_OFF = ("0", "false", "off")
_SHAPES = frozenset(("sp", "wsp", "grpSp", "graphicFrame", "pic", "rect", "roundrect", "shape"))
_LAYERS = _SHAPES | {"tbl", "tc", "p", "r"}
_PAINTS = frozenset(("gradFill", "blipFill", "pattFill"))

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Canvas:
    """What text stands on. background: RRGGBB, or UNKNOWN; colours: of the theme, by name; width, height: of a slide in EMU."""

    background: str = WHITE
    colours: Mapping[str, str] = field(default_factory=lambda: THEME)
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Font:
    """What a style or a run says of its text; None: nothing."""

    hides: str | None = None
    colour: str | None = None


@dataclass(slots=True)
class _Layer:
    """An open element: what it says of the text in it, and what it lays behind that."""

    name: str
    hides: str | None = None
    colour: str | None = None
    fill: str | None = None
    place: tuple[int, int] = (0, 0)
    area: Rectangle | None = None
    drawn: bool = False  # something was taken for blank on it


class Looks:
    """Follows the elements of a part, and says at any point why text there would not be seen."""

    def __init__(self, canvas: Canvas | None = None, styles: Mapping[str, Font] | None = None) -> None:
        self._canvas = canvas or Canvas()
        self._styles = styles or {}
        self._background = self._canvas.background
        self._layers: list[_Layer] = []
        self._behind: list[Rectangle] = []
        self._marked = 0

    def start(self, name: str, attributes: Mapping[str, str], path: Sequence[str]) -> None:
        """An element begins; path: the names of the open ones, this one last."""
        if name in _LAYERS:
            self._layers.append(_Layer(name, fill=self._colour(attributes.get("fillcolor", "").lstrip("#")) or None))
            return
        parent = path[-2] if len(path) > 1 else ""
        if name == "background" and "color" in attributes:
            self._background = self._colour(attributes["color"]) or self._background
        if not self._layers:
            return
        top = self._layers[-1]
        if parent == "rPr" and path[-3:-2] == ["r"]:
            self._font(top, name, attributes)
        elif name == "pStyle" and attributes.get("val") in self._styles:
            style = self._styles[attributes["val"]]
            self._mark(top, style.hides, style.colour)
        elif name == "rPr" and parent == "r":
            size = attributes.get("sz", "")
            if size.isdigit() and int(size) <= _SMALLEST * 100:
                self._mark(top, TINY)
        elif name == "shd":
            self._shade(top, attributes)
        elif name in ("srgbClr", "schemeClr", "sysClr") and parent == "solidFill":
            self._solid(top, self._colour(attributes.get("lastClr") or attributes.get("val", "")) or UNKNOWN, path)
        elif name in _PAINTS and parent in ("spPr", "tcPr", "pic"):
            top.fill = UNKNOWN
        elif name == "alpha" and path[-5:-2] == ["r", "rPr", "solidFill"] and attributes.get("val") == "0":
            self._mark(top, HIDDEN)
        elif name == "tableStyleId" or (name == "fillRef" and attributes.get("idx", "0") != "0" and top.fill is None):
            top.fill = UNKNOWN
        elif name == "cNvPr" and attributes.get("hidden") in ("1", "true"):
            self._mark(top, SHAPE)
        elif parent == "xfrm" and name in ("off", "ext"):
            self._placed(top, name, attributes)
        elif name == "ph" and self._behind:
            top.fill = top.fill or UNKNOWN

    def end(self, name: str) -> None:
        """An element ends."""
        if name in _LAYERS and self._layers and self._layers[-1].name == name:
            layer = self._layers.pop()
            self._marked -= layer.hides is not None or layer.colour is not None
            if layer.area and (name == "pic" or (layer.fill and name == "sp")):
                self._behind.append(layer.area)

    def why(self) -> str:
        """Why text at this place is not seen, "" if it is."""
        if not self._marked:
            return ""
        hides = next((layer.hides for layer in reversed(self._layers) if layer.hides is not None), "")
        if hides:
            return hides
        colour = next((layer.colour for layer in reversed(self._layers) if layer.colour), None)
        if colour is None or colour != next((layer.fill for layer in reversed(self._layers) if layer.fill), self._background):
            return ""
        for layer in self._layers:
            layer.drawn = True
        return BLANK

    def painted_over(self) -> bool:
        """Whether the cell that ends laid a colour behind what was taken for blank: slides tell it behind the text."""
        cell = self._layers[-1] if self._layers else None
        return cell is not None and cell.name == "tc" and cell.drawn and cell.fill is not None

    def _mark(self, layer: _Layer, hides: str | None, colour: str | None = None) -> None:
        before = layer.hides is not None or layer.colour is not None
        layer.hides = hides if hides is not None else layer.hides
        layer.colour = colour or layer.colour
        self._marked += (layer.hides is not None or layer.colour is not None) - before

    def _font(self, run: _Layer, name: str, attributes: Mapping[str, str]) -> None:
        said = font(name, attributes)
        if said.hides is not None or said.colour:
            self._mark(run, said.hides, said.colour)
        elif name == "rStyle" and attributes.get("val") in self._styles:
            style = self._styles[attributes["val"]]
            self._mark(run, style.hides, style.colour)
        elif name == "shd":
            self._shade(run, attributes)
        elif name == "highlight" and attributes.get("val") not in ("none", "white"):
            run.fill = UNKNOWN

    def _shade(self, layer: _Layer, attributes: Mapping[str, str]) -> None:
        fill = attributes.get("fill", "auto")
        if attributes.get("val") not in ("clear", "nil", None):
            layer.fill = UNKNOWN
        elif fill != "auto":
            layer.fill = self._colour(fill) or UNKNOWN

    def _solid(self, layer: _Layer, colour: str, path: Sequence[str]) -> None:
        if path[-4:-2] == ["r", "rPr"]:
            self._mark(layer, None, colour)
        elif path[-3] in ("spPr", "tcPr"):
            layer.fill = colour

    def _colour(self, said: str) -> str:
        return self._canvas.colours.get(said, said.upper() if len(said) == 6 else WHITE if said == "white" else "")

    def _placed(self, layer: _Layer, name: str, attributes: Mapping[str, str]) -> None:
        if not self._canvas.width or layer.name not in _SHAPES:
            return
        x, y = (_whole(attributes.get(key, "")) for key in (("x", "y") if name == "off" else ("cx", "cy")))
        if name == "off":
            layer.place = (x, y)
            return
        if any(other.name == "grpSp" for other in self._layers[:-1]):
            return  # in the group's own measure
        left, top = layer.place
        layer.area = (left, top, left + x, top + y)
        if left >= self._canvas.width or top >= self._canvas.height or left + x <= 0 or top + y <= 0:
            self._mark(layer, OUTSIDE)
        elif any(left < other[2] and other[0] < left + x and top < other[3] and other[1] < top + y for other in self._behind):
            layer.fill = UNKNOWN


def font(name: str, attributes: Mapping[str, str]) -> Font:
    """What one property of Word's text says."""
    said = attributes.get("val", "")
    if name == "vanish":
        return Font(hides="" if said in _OFF else HIDDEN)
    if name == "color":
        return Font(colour=said.upper() if len(said) == 6 else "000000")
    if name == "sz" and said.isdigit() and int(said) <= _SMALLEST * 2:  # half points
        return Font(hides=TINY)
    return Font()


def _whole(text: str) -> int:
    return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 16 else 0

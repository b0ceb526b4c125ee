"""What a slide's text stands on: the slide's size, the colours of its theme, and its background."""

from __future__ import annotations

from scanner.errors import UnreadableError
from scanner.readers.looks import THEME, UNKNOWN, WHITE, Canvas
from scanner.readers.package import Package, leaves, relations

MAIN = "ppt/presentation.xml"
_THEME = ("dk1", "lt1", "dk2", "lt2", *(f"accent{number}" for number in range(1, 7)))
_LARGEST = 1 << 22  # bytes of a slide whose background is looked for


class Canvases:
    """Canvases of the slides of one presentation; what layouts and masters say is read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._grounds: dict[str, tuple[str, bool]] = {}
        self._themes: dict[str, dict[str, str]] = {}
        self._size = self._measured()

    def of(self, slide: str) -> Canvas:
        """The canvas of one slide. What cannot be told makes its background unknown: nothing is then called blank."""
        try:
            return self._canvas(slide)
        except UnreadableError:
            return Canvas(UNKNOWN, width=self._size[0], height=self._size[1])

    def _canvas(self, slide: str) -> Canvas:
        layout = self._link(slide, "slideLayout")
        master = self._link(layout, "slideMaster")
        theme = self._link(master, "theme")
        if theme not in self._themes:
            self._themes[theme] = self._colours(theme, master)
        colours = self._themes[theme]
        grounds = [self._ground(part) for part in (slide, layout, master) if part]
        said = next((ground for ground, _ in grounds if ground), "bg1")
        drawn = any(pictured for _, pictured in grounds[1:])
        background = UNKNOWN if drawn else colours.get(said, said if len(said) == 6 else UNKNOWN)
        return Canvas(background.upper(), colours, *self._size)

    def _link(self, part: str, kind: str) -> str:
        links = relations(self._package, part) if part else {}
        return next((target for link, target in links.values() if link == kind and target in self._package.parts), "")

    def _ground(self, part: str) -> tuple[str, bool]:
        """The background that a part states ("" if none), and whether it shows pictures."""
        if part in self._grounds:
            return self._grounds[part]
        ground, colour, pictured = "", "", False
        if self._package.parts[part].file_size <= _LARGEST:
            for name, attributes, _ in leaves(self._package.small(part), part):  # an element after what is in it
                if name in ("srgbClr", "schemeClr", "sysClr"):
                    colour = attributes.get("lastClr") or attributes.get("val", "")
                elif name in ("gradFill", "blipFill", "pattFill"):
                    colour = UNKNOWN
                elif name == "bg":
                    ground = colour or UNKNOWN
                elif name == "pic":
                    pictured = True
        self._grounds[part] = (ground, pictured)
        return ground, pictured

    def _colours(self, theme: str, master: str) -> dict[str, str]:
        """The theme's colours by name, and by the names that the master gives them."""
        colours = dict(THEME)
        last = ""
        for name, attributes, _ in leaves(self._package.small(theme), theme) if theme else ():
            if name in ("srgbClr", "sysClr"):
                last = (attributes.get("lastClr") or attributes.get("val", "")).upper()
            elif name in _THEME:
                colours[name] = last or WHITE
        for name, attributes, _ in leaves(self._package.small(master), master) if master else ():
            if name == "clrMap":
                colours |= {shown: colours[own] for shown, own in attributes.items() if own in colours}
        return colours

    def _measured(self) -> tuple[int, int]:
        try:
            for name, attributes, _ in leaves(self._package.small(MAIN), MAIN) if MAIN in self._package.parts else ():
                if name == "sldSz":
                    width, height = attributes.get("cx", ""), attributes.get("cy", "")
                    return (int(width), int(height)) if (width + height).isdigit() and len(width + height) < 30 else (0, 0)
        except UnreadableError:
            pass
        return 0, 0

"""The text of an OpenDocument part as it streams by: the machine of other documents, driven by this format's elements.

Source: OpenDocument 1.3 part 3, chapters 5 (paragraphs), 6 (elements within them), 9 (tables), 10 (shapes, slides) and 14.1
(comments).
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner.readers.looks import BLANK, UNKNOWN
from scanner.readers.opendocument_styles import Look, Styles
from scanner.readers.story import CODE, DELETED, Line, Row, Story

COMMENT, NOTES, PICTURE = "comments", "notes", "alternative text of a picture"
_CELLS = {"table": "tbl", "table-row": "tr", "table-cell": "tc", "covered-table-cell": "tc", "p": "p", "h": "p"}
_SAID = frozenset(("title", "desc"))  # of pictures (svg)
_WIDEST = 1 << 10  # blanks in a row, cells that stand for several


@dataclass(frozen=True, slots=True)
class Slide:
    """The beginning of a slide among lines and rows."""

    hidden: bool


class OpenStory(Story):
    """Handlers that turn a part into slides, lines and rows. styles: taken from the part, and those known before."""

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self.slides: list[Slide | Line | Row] = []
        self._named = styles
        self._layers: list[tuple[str, Look]] = []
        self._marked = 0
        self._inside: list[str] = []
        self._quiet = 0
        self._caption: list[str] | None = None
        self._covered = False
        self.embedded = 0  # files written into the part itself

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._named.start(name, attributes)
        parent = self._inside[-1] if self._inside else ""
        self._inside.append(name)
        look = self._look(name, attributes, parent)
        self._layers.append((name, look))
        self._marked += look.marks
        if name in _CELLS:
            super().start(_CELLS[name], {})
            if _CELLS[name] == "tc":
                self._grids[-1].span = _number(attributes.get("number-columns-repeated", "1")) if self._grids else 1
        elif name == "s":
            self._add(" " * _number(attributes.get("c", "1")), self._why())
        elif name in ("tab", "line-break"):
            self._add("\t" if name == "tab" else "\n", self._why())
        elif name == "page":
            self._taken()
            self.slides.append(Slide(look.unshown))
            self._covered = False
        elif name in ("note-citation", "date", "meta-date-string", "sender-initials"):
            self._quiet += 1
        elif name == "hidden-text" and attributes.get("string-value"):
            self._add(attributes["string-value"], self._why())
        elif name == "a" and attributes.get("href"):
            self.found.append(Line(attributes["href"], CODE))
        elif name in _SAID or (name == "creator" and "annotation" in self._inside):
            self._caption = []
        elif name == "image":
            self._covered = True
        elif name == "binary-data":
            self.embedded += 1

    def end(self, name: str) -> None:
        self._named.end(name)
        if name in _CELLS:
            super().end(_CELLS[name])
        elif name in ("note-citation", "date", "meta-date-string", "sender-initials"):
            self._quiet -= 1
        elif self._caption is not None and (name in _SAID or name == "creator"):
            said = "".join(self._caption).strip()
            self._caption = None
            if said:
                self.found.append(Line(said, COMMENT if name == "creator" else PICTURE))
        self._inside.pop()
        self._marked -= self._layers.pop()[1].marks
        if not self._grids:
            self._taken()

    def text(self, piece: str) -> None:
        if self._caption is not None:
            self._caption.append(piece)
        elif self._paragraphs and not self._quiet:
            self._add(piece.replace("\n", " "), self._why())

    def taken(self) -> list[Slide | Line | Row]:
        """What is complete since the last time."""
        self._taken()
        taken, self.slides = self.slides, []
        return taken

    def _taken(self) -> None:
        self.slides += self.found
        self.found.clear()

    def _look(self, name: str, attributes: dict[str, str], parent: str) -> Look:
        if name == "page":
            return self._named.page(attributes)
        look = self._named.look(name, attributes)
        if parent == "page" and name != "notes":
            beside = self._named.beside(attributes)
            fill = look.fill or (UNKNOWN if self._covered else None)
            self._covered = self._covered or bool(look.fill)
            return Look(beside or look.hides, look.colour, fill)
        return look

    def _why(self) -> str:
        if "deletion" in self._inside:
            return DELETED
        if "annotation" in self._inside:
            return COMMENT
        if self._marked:
            looks = [look for _, look in reversed(self._layers)]
            hides = next((look.hides for look in looks if look.hides is not None), "")
            if hides:
                return hides
            colour = next((look.colour for look in looks if look.colour), None)
            if colour and colour == next((look.fill for look in looks if look.fill), self._named.ground):
                return BLANK
        return NOTES if "notes" in self._inside else ""


def _number(text: str) -> int:
    return min(int(text), _WIDEST) if text.isascii() and text.isdigit() and len(text) < 9 else 1

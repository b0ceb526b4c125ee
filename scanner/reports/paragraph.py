"""Lines of mixed Chinese and Latin text, broken as people write them.

Rich breaks at blanks only and cuts Chinese anywhere, through numbers and before a full stop. Here a line may break between
Chinese characters and at blanks, never inside a number or a Latin word, never before closing or after opening punctuation
(GB/T 15834-2011, 标点符号用法, 5.1: no line begins with 。，、；：？！ or a closing bracket).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

# Blanks; or opening marks, then a run of Latin letters, digits and signs or one other character, then closing marks.
_PIECE = re.compile(r"\s+|[（【《〈「『“‘〔]*(?:[!-~¡-ɏ]+|\S)[。，、；：？！…）】》〉」』”’〕％]*")


def wrap(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most `width` cells; a Chinese character takes two."""
    line, used = "", 0
    for piece in _PIECE.findall(text):
        for part in chop_cells(piece, width) if cell_len(piece) > width else (piece,):
            size = cell_len(part)
            if used and used + size > width:
                yield line.rstrip()
                line, used = "", 0
            if line or not part.isspace():
                line, used = line + part, used + size
    if line or not text:
        yield line.rstrip()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text with a mark before it; further lines stand below its first word."""

    text: str
    style: str = ""
    mark: str = ""
    indent: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lead = " " * self.indent + (f"{self.mark} " if self.mark else "")
        for line in wrap(self.text, max(20, options.max_width - cell_len(lead))):
            yield Text(lead + line, style=self.style, no_wrap=True, overflow="ignore")
            lead = " " * cell_len(lead)

"""A dossier as one HTML page: nothing is loaded from anywhere, nothing runs, every word is escaped; made to be printed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from scanner.config import Lang
from scanner.offboard.model import Dossier
from scanner.reports.dossier_parts import Grid, Section
from scanner.reports.dossier_sections import sections

_STYLE = """
body { font: 10.5pt/1.5 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #111; background: #fff;
  max-width: 60em; margin: 2em auto; padding: 0 1.5em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; border-bottom: 1px solid #999; margin-top: 1.8em; }
p, li { overflow-wrap: anywhere; } li.inner { list-style: none; margin-left: 1.5em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f2f2f2; word-break: keep-all; overflow-wrap: break-word; }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 9pt; } .wide { overflow: visible; }
  h2 { break-after: avoid; } tr, li { break-inside: avoid; } thead { display: table-header-group; } }
@page { size: A4; margin: 15mm; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # a browser refuses whatever else should ever slip in


def as_html(dossier: Dossier, lang: Lang) -> str:
    """The whole page, ends with a newline."""
    return "\n".join(_page(dossier, lang)) + "\n"


def _page(dossier: Dossier, lang: Lang) -> Iterator[str]:
    parts = list(sections(dossier, lang))
    yield "<!DOCTYPE html>"
    yield f'<html lang="{"zh-CN" if lang == "zh" else "en"}">'
    yield f'<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(parts[0].title)}</title><style>{_STYLE}</style></head>"
    yield "<body>"
    for number, part in enumerate(parts):
        yield from _section(part, "h2" if number else "h1")
    yield "</body></html>"


def _section(part: Section, tag: str) -> Iterator[str]:
    yield f"<section><{tag}>{escape(part.title)}</{tag}>"
    yield from (f"<p>{escape(line)}</p>" for line in part.lines)
    if part.grid:
        yield from _table(part.grid)
    if part.bullets:
        yield "<ul>"
        for line in part.bullets:
            inner = ' class="inner"' if line.startswith(" ") else ""
            yield f"<li{inner}>{escape(line.strip())}</li>"
        yield "</ul>"
    yield "</section>"


def _table(grid: Grid) -> Iterator[str]:
    titles = "".join(f"<th>{escape(name)}</th>" for name in grid.columns)
    yield f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>'
    kinds = ['<td class="n">' if at in grid.right else "<td>" for at in range(len(grid.columns))]
    for row in grid.rows:
        cells = "".join(f"{kind}{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table></div>"

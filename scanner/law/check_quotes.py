"""Compares every quote of the law files with a folder of official texts: `python -m scanner.law.check_quotes FOLDER`.

The texts are files named after the instrument's id (`criminal_interpretation_2017.md` or `.txt`). White space and Markdown do
not matter; "…" in a quote stands for words left out. Leaves with 1 when a quote differs, one sentence each; quotes whose
instrument has no text there are listed as not compared.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.errors import LeakgaugeError, UsageError
from scanner.law.loader import load_instruments
from scanner.law.model import Citation
from scanner.law.statute import Law

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKS = re.compile(r"[\s#*>`_|\u3000\ufeff]+")


def plain(text: str) -> str:
    """A text without white space and Markdown signs, full-width brackets kept as they are."""
    return _MARKS.sub("", _COMMENT.sub("", text))


def stands_in(quote: str, text: str) -> bool:
    """Whether the pieces of a quote, cut at "…", stand in the text one after the other. Both as `plain` gives them."""
    at = 0
    for piece in filter(None, quote.split("…")):
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def quotes(law: Law) -> Iterator[tuple[str, str, Citation]]:
    """Every quote of the law: instrument id, the key it stands under, the citation."""
    for limit in (*law.tiers, *law.numbers.values(), *(rule.limit for rule in law.people)):
        yield limit.instrument, limit.id, limit.cite
    said = (*law.articles.values(), *(n.passage for n in law.notices), *law.unmodelled, *law.silent, *law.sentences.values())
    for passage in said:
        yield passage.instrument, passage.id, passage.cite
    home = law.tiers[0].instrument
    yield home, "identification", law.identification.cite
    for category in law.categories:
        yield home, category.id, category.cite
    for entry in law.classes:
        yield entry.instrument, entry.category, entry.cite


def compare(law: Law, folder: Path) -> tuple[int, list[str], list[str]]:
    """How many quotes agree, a sentence for each that does not, and the places that could not be compared."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of official texts")
    texts = {
        path.stem: plain(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir()) if path.suffix in (".md", ".txt")
    }
    agree, differ, missing = 0, [], []
    for instrument, key, cite in quotes(law):
        if not cite.quote:
            continue
        place = f"{instrument}.toml: {key} ({cite.article})"
        if instrument not in texts:
            missing.append(f"{place}{'' if cite.confirmed else ', unconfirmed'}")
        elif stands_in(plain(cite.quote), texts[instrument]):
            agree += 1
        else:
            differ.append(f"{place}: the quote does not stand in the official text: {cite.quote}")
    return agree, differ, missing


def main(arguments: Sequence[str]) -> int:
    """Prints the comparison; 0 when every compared quote agrees, 1 when one differs, 2 for a wrong call."""
    if len(arguments) != 1:
        print("usage: python -m scanner.law.check_quotes FOLDER", file=sys.stderr)
        return UsageError.exit_code
    try:
        agree, differ, missing = compare(load_instruments(), Path(arguments[0]))
    except LeakgaugeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for sentence in differ:
        print(sentence)
    if missing:
        print(f"not compared, no text in the folder: {len(missing)}")
        for place in missing:
            print(f"  {place}")
    print(f"{agree} quotes agree, {len(differ)} differ, {len(missing)} not compared")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

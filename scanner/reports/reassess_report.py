"""What judging again changes, for people and for programs (`leakgauge-reassess/1`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding

from scanner.config import Lang
from scanner.law.pages import fixed_sentences
from scanner.plain import plain, times
from scanner.reports.json_v1 import facts_json
from scanner.reports.messages import say as say_all
from scanner.reports.nightly_json import Json, acts, text
from scanner.reports.nightly_words import ratio_words, say, shown
from scanner.reports.paragraph import Paragraph
from scanner.reports.terminal_parts import bullet, table

if TYPE_CHECKING:
    from scanner.law.model import Verdict
    from scanner.nightly.reassess import Change, Reassessment

SCHEMA = "leakgauge-reassess/1"
LISTED = 100


def render(found: Reassessment, lang: Lang) -> Iterator[RenderableType]:
    """The parts of the report in their order."""
    files, owners = _split(found)
    head = say(lang, "again_head", count=len(found.changes), files=len(files), owners=len(owners)) if found.changes else ""
    yield Paragraph(head or say(lang, "again_same"), style="bold")
    facts = found.facts
    words = {
        "act": say_all(lang, f"act_{facts.act}"),
        "insider": say_all(lang, "insider" if facts.insider else "outsider"),
        "reading": say_all(lang, found.reading).lower(),
        "on": facts.on.isoformat(),
    }
    yield bullet(say(lang, "again_facts", recipients=facts.recipients, gains=facts.gains, files=found.files, **words))
    yield from _listing("again_files", files, lang)
    yield from _listing("again_owners", owners, lang)
    if found.reached:
        yield Group("", Paragraph(say(lang, "again_policies"), style="bold"))
    for each in found.reached[:LISTED]:
        level = each.level
        said = {"policy": plain(level.policy), "level": plain(level.level), "action": plain(level.action)}
        place = shown(each.path or each.owner) or say(lang, "no_owner")
        yield bullet(say(lang, "again_policy", place=place, persons=level.persons, limit=level.limit, **said))
    if len(found.reached) > LISTED:
        yield bullet(say(lang, "more", count=len(found.reached) - LISTED))
    yield Group("", Paragraph(say_all(lang, "about"), style="bold"))
    for sentence in fixed_sentences(lang):
        yield bullet(sentence)


def _split(found: Reassessment) -> tuple[list[Change], list[Change]]:
    return [each for each in found.changes if each.path], [each for each in found.changes if not each.path]


def _listing(heading: str, changes: Sequence[Change], lang: Lang) -> Iterator[RenderableType]:
    if not changes:
        return
    yield Group("", Paragraph(say(lang, heading), style="bold"))
    files = bool(changes[0].path)
    keys = (*(["col_file"] if files else []), "col_owner", "col_persons", "col_from", "col_to", "col_ratios")
    grid = table(*(say(lang, key) for key in keys), right=(len(keys) - 4, len(keys) - 1))
    for each in changes[:LISTED]:
        place = [shown(each.path)] if files else []
        change = [_verdict(each.was, each.ratio_was, lang), _verdict(each.now, each.ratio_now, lang)]
        ratios = next(iter(each.judged.acts.values()))
        now = ratio_words({name: result.ratio for name, result in ratios.items()})
        grid.add_row(*place, shown(each.owner) or say(lang, "no_owner"), f"{each.persons:,}", *change, now)
    yield Padding(grid, (0, 0, 0, 2))
    if len(changes) > LISTED:
        yield bullet(say(lang, "more", count=len(changes) - LISTED))


def _verdict(verdict: Verdict, ratio: float, lang: Lang) -> str:
    return say(lang, "verdict_change", verdict=say_all(lang, f"verdict_word_{verdict}"), ratio=times(ratio))


def dumps(found: Reassessment, lang: Lang = "en") -> str:
    """The report as JSON text."""
    return text(as_json(found, lang))


def as_json(found: Reassessment, lang: Lang = "en") -> Json:
    """The report as plain dictionaries and lists."""
    files, owners = _split(found)
    return {
        "schema": SCHEMA,
        "facts": facts_json(found.facts) | {"reading": found.reading},
        "files_judged": found.files,
        "files": [{"path": shown(each.path)} | _change(each) for each in files],
        "owners": [_change(each) for each in owners],
        "policies": [
            {
                "path": shown(each.path),
                "owner": shown(each.owner),
                "policy": each.level.policy,
                "level": each.level.level,
                "measure": each.level.measure,
                "persons": each.level.persons,
                "limit": each.level.limit,
                "action": each.level.action,
            }
            for each in found.reached
        ],
        "sentences": list(fixed_sentences(lang)),
    }


def _change(each: Change) -> Json:
    return {
        "owner": shown(each.owner),
        "persons": each.persons,
        "from": {"verdict": each.was, "ratio": each.ratio_was},
        "to": {"verdict": each.now, "ratio": each.ratio_now},
        "acts": acts(each.judged),
    }

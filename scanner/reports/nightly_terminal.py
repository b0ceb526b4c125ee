"""A nightly run for people: the verdict over what is new, then what is different, what stands over a line, who holds how much.

Every path, owner and title is masked and freed of what drives a terminal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding

from scanner.config import Lang
from scanner.law.pages import fixed_sentences
from scanner.plain import times
from scanner.reports.gaps import gap_line
from scanner.reports.messages import say as say_all
from scanner.reports.nightly_outcome import missed, outcome
from scanner.reports.nightly_words import category_titles, duration, ratio_words, reason_words, say, shown
from scanner.reports.outcome import Outcome
from scanner.reports.paragraph import Paragraph
from scanner.reports.terminal_parts import bullet, table

if TYPE_CHECKING:
    from scanner.alerts import Delivery
    from scanner.ledger.facts import Event, Judged
    from scanner.nightly.result import Due, Result

PIPED_WIDTH = 120
LISTED = 30  # files, owners, folders and gaps
LISTED_EVENTS = 10  # of each kind
_ORDER = (
    "new_over_line",
    "grew_over_line",
    "owner_over_line",
    "no_longer_accepted",
    "accepted_over_line",
    "first_category",
    "locked",
    "unread",
    "wrong_name",
    "due",
    "moved",
    "copied",
    "gone",
)


def text_of(parts: Iterable[RenderableType], width: int = PIPED_WIDTH) -> str:
    """Parts of a report as text for a file or a pipe: no colours, no blanks at the ends of lines."""
    into = StringIO()
    console = Console(file=into, width=width, color_system=None, legacy_windows=False, markup=False, emoji=False)
    for part in parts:
        console.print(part, markup=False, highlight=False, emoji=False)
    return "".join(f"{line.rstrip()}\n" for line in into.getvalue().splitlines())


def render(result: Result, deliveries: Sequence[Delivery], lang: Lang, *, quiet: bool = False) -> Iterator[RenderableType]:
    """The parts of the report in their order. quiet: the head, what failed, and that it is an estimate."""
    yield from _head(result, lang)
    yield from _drills(result, lang)
    if quiet:
        yield from _alerts([each for each in deliveries if each.failed], lang)
        yield bullet(fixed_sentences(lang)[0])
        return
    yield from _different(result, lang)
    yield from _over(result, lang)
    yield from _owners(result, lang)
    yield from _trend(result, lang)
    yield from _suppressed(result, lang)
    yield from _due(result.due, lang)
    yield from _unread(result, lang)
    yield _heading(lang, "alerts")
    yield from _alerts(deliveries, lang) if deliveries else [bullet(say(lang, "alerts_none"))]
    yield Group("", Paragraph(say_all(lang, "about"), style="bold"))
    for sentence in fixed_sentences(lang):
        yield bullet(sentence)
    moments = {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in (("started", result.started), ("finished", result.finished))}
    yield bullet(say(lang, "run_line", run=result.run, **moments))
    yield bullet(say_all(lang, "versions", versions=", ".join(f"{name} {value}" for name, value in result.versions.items())))


def _heading(lang: Lang, key: str) -> RenderableType:
    return Group("", Paragraph(say(lang, key), style="bold"))


def _ratios(judged: Judged, act: str) -> str:
    return ratio_words({name: result.ratio for name, result in judged.acts[act].items()})


def _owner(name: str, lang: Lang) -> str:
    return shown(name) or say(lang, "no_owner")


def _over_line(judged: Judged) -> bool:
    return judged.acts["provide"]["strict"].verdict not in ("none", "below")


def _head(result: Result, lang: Lang) -> Iterator[RenderableType]:
    found = outcome(result)
    if missed(result):
        yield Paragraph(say(lang, "head_missed"), style="bold red")
    style = "bold red" if found >= Outcome.STRICT else "bold yellow" if found else "bold"
    yield Paragraph(say(lang, f"head_{found.name.lower()}", run=result.run), style=style)
    counts = asdict(result.counts)
    seen = counts.pop("seen")
    parts = [say(lang, f"count_{name}", count=count) for name, count in counts.items() if count]
    told = say(lang, "counts", seen=seen, parts=say(lang, "between_counts").join(parts))
    yield Paragraph(told if parts else say(lang, "counts_none"))
    fresh = result.fresh
    if fresh.files:
        ratios = {act: _ratios(fresh.judged, act) for act in ("provide", "obtain")}
        yield Paragraph(say(lang, "fresh", files=fresh.files, persons=fresh.persons, **ratios))
    owners = sum(_over_line(owned.judged) for owned in result.owners.values())
    yield Paragraph(say(lang, "standing", count=len(result.over), owners=owners))
    yield Paragraph(say(lang, "accepted", count=len(result.suppressed)))
    if result.expired:
        yield Paragraph(say(lang, "expired", count=result.expired), style="yellow")


def _drills(result: Result, lang: Lang) -> Iterator[RenderableType]:
    told = [event for event in result.events if event.kind.startswith("drill_")]
    if told:
        yield _heading(lang, "drills")
    for event in told:
        words = {"path": shown(event.path), "seconds": duration(event.detail["seconds"], lang)}
        yield bullet(say(lang, f"event_{event.kind}", **words), style="bold red" if event.kind == "drill_missed" else "")


def _different(result: Result, lang: Lang) -> Iterator[RenderableType]:
    by_kind = defaultdict[str, list["Event"]](list)
    for event in result.events:
        by_kind[event.kind].append(event)
    if not any(by_kind[kind] for kind in _ORDER):
        return
    yield _heading(lang, "different")
    for kind in _ORDER:
        for event in by_kind[kind][:LISTED_EVENTS]:
            yield bullet(event_words(event, lang))
        if len(by_kind[kind]) > LISTED_EVENTS:
            yield bullet(say(lang, "more_events", count=len(by_kind[kind]) - LISTED_EVENTS))


def event_words(event: Event, lang: Lang) -> str:
    """One event as a sentence."""
    detail = event.detail
    words: dict[str, object] = {"path": shown(event.path), "owner": _owner(event.owner, lang)}
    words |= {name: detail[name] for name in ("persons", "age") if name in detail}
    words |= {name: shown(detail[name]) for name in ("was", "of") if name in detail}
    if "ratios" in detail:
        words["ratios"] = ratio_words(detail["ratios"])
    if "notes" in detail:
        words["notes"] = say(lang, "between").join(shown(note[lang]) for note in detail["notes"])
    if event.kind == "locked":
        words["count"] = len(detail["parts"])
    if event.kind == "unread":
        words["reasons"] = reason_words(detail["reasons"], lang)
    names = detail.get("categories") or ([detail["category"]] if "category" in detail else [])
    return say(lang, f"event_{event.kind}", names=category_titles(names, lang), **words)


def _over(result: Result, lang: Lang) -> Iterator[RenderableType]:
    if not result.over:
        return
    yield _heading(lang, "over")
    yield bullet(say(lang, "ratio_note"))
    keys = ("col_file", "col_state", "col_owner", "col_persons", "col_provide", "col_obtain")
    grid = table(*(say(lang, key) for key in keys), right=(3, 4, 5))
    drills = {drill.digest for drill in result.drills}
    ordered = sorted(result.over, key=lambda each: (-each.judged.ratio("strict"), each.file.path))
    for each in ordered[:LISTED]:
        state = "drill" if each.digest in drills else result.altered.get(each.file.path, "known")
        owner, ratios = _owner(each.file.owner, lang), [_ratios(each.judged, act) for act in ("provide", "obtain")]
        grid.add_row(shown(each.file.path), say(lang, f"state_{state}"), owner, f"{each.persons:,}", *ratios)
    yield Padding(grid, (0, 0, 0, 2))
    yield from _more(len(ordered), lang)


def _more(count: int, lang: Lang) -> Iterator[RenderableType]:
    if count > LISTED:
        yield bullet(say(lang, "more", count=count - LISTED))


def _owners(result: Result, lang: Lang) -> Iterator[RenderableType]:
    ordered = sorted(
        ((name, owned) for name, owned in result.owners.items() if owned.persons),
        key=lambda each: (-each[1].judged.ratio("strict"), each[0]),
    )
    if not ordered:
        return
    yield _heading(lang, "owners")
    keys = ("col_owner", "col_files", "col_persons", "col_provide", "col_obtain")
    grid = table(*(say(lang, key) for key in keys), right=(1, 2, 3, 4))
    for name, owned in ordered[:LISTED]:
        ratios = [_ratios(owned.judged, act) for act in ("provide", "obtain")]
        grid.add_row(_owner(name, lang), f"{owned.files:,}", f"{owned.persons:,}", *ratios)
    yield Padding(grid, (0, 0, 0, 2))
    yield from _more(len(ordered), lang)


def _trend(result: Result, lang: Lang) -> Iterator[RenderableType]:
    lines = [(folder, each) for folder, each in result.trend.items() if any(line["persons"] for line in each)]
    if not lines:
        return
    yield _heading(lang, "trend")
    grid = table(say(lang, "col_folder"), say(lang, "col_history"))
    lines.sort(key=lambda each: (-each[1][-1]["strict"], each[0]))
    for folder, runs in lines[:LISTED]:
        history = [say(lang, "history", persons=line["persons"], ratio=times(line["strict"])) for line in runs]
        grid.add_row(shown(folder), " → ".join(history))
    yield Padding(grid, (0, 0, 0, 2))
    yield from _more(len(lines), lang)


def _suppressed(result: Result, lang: Lang) -> Iterator[RenderableType]:
    if not result.suppressed:
        return
    yield _heading(lang, "suppressed")
    for each in result.suppressed[:LISTED]:
        words: Mapping[str, object] = {"path": shown(each.path), "owner": shown(each.owner), "reason": shown(each.reason)}
        ratios = _ratios(each.judged, "provide")
        yield bullet(say(lang, "accepted_line", persons=each.persons, ratios=ratios, until=each.until, **words))
    yield from _more(len(result.suppressed), lang)


def _due(due: Sequence[Due], lang: Lang) -> Iterator[RenderableType]:
    if not due:
        return
    yield _heading(lang, "due")
    by_owner = defaultdict[str, list["Due"]](list)
    for each in due:
        by_owner[each.owner].append(each)
    left = LISTED
    for owner, own in by_owner.items():
        yield bullet(say(lang, "due_owner", owner=_owner(owner, lang), count=len(own)))
        for each in own[: max(left, 0)]:
            names = category_titles([each.category], lang)
            line = say(lang, "due_line", path=shown(each.path), names=names, age=each.age, days=each.days)
            yield Padding(bullet(line, mark="-"), (0, 0, 0, 2))
        left -= len(own)
    yield from _more(len(due), lang)


def _unread(result: Result, lang: Lang) -> Iterator[RenderableType]:
    """Everything in the roots that nobody could examine, old and new."""
    if not result.unread:
        return
    yield Group("", Paragraph(say_all(lang, "unread"), style="bold"))
    for gap in result.unread[:LISTED]:
        yield bullet(gap_line(gap, lang, shown, whole=say_all(lang, "all_of_it")), style="yellow")
    yield from _more(len(result.unread), lang)


def _alerts(deliveries: Iterable[Delivery], lang: Lang) -> Iterator[RenderableType]:
    for each in deliveries:
        if each.delivered or not each.failed:
            yield bullet(say(lang, "delivered", channel=shown(each.channel), count=len(each.delivered)))
        if each.failed:
            words = {"channel": shown(each.channel), "count": len(each.failed), "error": shown(each.error(lang))}
            yield bullet(say(lang, "failed", **words), style="bold red")

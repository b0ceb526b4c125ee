"""Scores the detectors on single cells, on columns drawn from them, and on names and numbers inside sentences."""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
from benchmark_types import Line
from scores import Score, Scores

import scanner
from detectors import DETECTORS
from detectors.base.detector import Detector
from detectors.base.matches import Evidence
from detectors.base.texts import Texts
from scanner.law.model import Facts

OTHER_NAMES = {"uscc": "social_credit_code", "mac": "mac_address", "military": "military_id"}  # of other projects, in their tests
COLUMN_SIZE, COLUMN_DRAWS = 40, 20


def read(path: Path) -> list[Line]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(text) for text in data.decode("utf-8").split("\n") if text.strip()]


def by_kind() -> dict[str, Detector]:
    return {d.kind: d for d in DETECTORS}


def whole_cells(detector: Detector, texts: Texts, level: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells are entirely a match with the evidence of `level` (alone | together | labelled).

    A published sample (DUMMY) is found: it is shown as what it is, and only left out of the count.
    """
    hit = np.zeros(len(texts), bool)
    needed = getattr(detector, level)
    if needed is None:
        return hit
    matches = detector.find(texts)
    known = replace(matches, evidence=matches.evidence & ~np.uint16(Evidence.DUMMY))
    matches = matches.take(known.having(needed))
    whole = (matches.start == 0) & (matches.end == texts.lengths[matches.row])
    if level == "labelled":  # under a header, a cell may hold the value among other words
        whole[:] = True
    hit[matches.row[whole]] = True
    return hit


def score_cells(lines: Sequence[Line]) -> tuple[dict[str, Any], list[str]]:
    """By kind and level, and by group; kinds that no detector has are listed."""
    known = by_kind()
    wanted = {OTHER_NAMES.get(line["kind"], line["kind"]) for line in lines if line["kind"]}
    unknown = sorted(k for k in wanted if k not in known)
    texts = Texts([str(line["text"]) for line in lines])
    kinds = [OTHER_NAMES.get(line["kind"] or "", line["kind"]) for line in lines]
    valid = [line.get("valid", True) if line["kind"] else False for line in lines]
    out: dict[str, Any] = {}
    for kind in sorted(wanted & known.keys()):
        levels: dict[str, Any] = {}
        for level in ("alone", "together", "labelled"):
            hit = whole_cells(known[kind], texts, level)
            score, groups = Score(), Scores()
            for i, line in enumerate(lines):
                if kinds[i] not in (kind, None) or valid[i] is None:
                    continue  # another identifier may well have the shape of this one; only a column tells them apart
                group = groups[str(line.get("group", "valid" if valid[i] else "invalid"))]
                for s in (score, group):
                    if valid[i]:
                        s.found += bool(hit[i])
                        s.missed += not hit[i]
                    else:
                        s.false += bool(hit[i])
            none = sum(1 for k, v in zip(kinds, valid, strict=True) if k in (kind, None) and v is False)
            levels[level] = score.plain() | {"false_share": round(score.false / none, 5) if none else 0.0}
            levels[level]["groups"] = {
                name: {"found": g.found, "missed": g.missed, "false": g.false} for name, g in sorted(groups.by.items())
            }
        out[kind] = levels
    return out, unknown


def score_columns(lines: Sequence[Line]) -> dict[str, Any]:
    """Columns of 40 cells without a header, 20 draws from every group, told by `scanner.scan`."""
    groups: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for line in lines:
        if "group" in line:
            groups[line["kind"], line["group"]].append(str(line["text"]))
    dice = Random("columns")
    drawn: list[tuple[str | None, str]] = []
    cells: list[list[str]] = []
    for (kind, group), texts in sorted(groups.items(), key=str):
        if len(texts) < COLUMN_SIZE:
            continue
        for _ in range(COLUMN_DRAWS):
            drawn.append((kind, group))
            cells.append(dice.sample(texts, COLUMN_SIZE))
    if not drawn:
        return {}
    wrong: Counter[str] = Counter()
    right = 0
    for at in range(0, len(drawn), 8):  # a few columns at a time: a table of hundreds is nobody's table
        frame = pd.DataFrame(dict(enumerate(cells[at : at + 8])))
        report = scanner.scan(frame, facts=Facts())
        for (kind, group), finding in zip(drawn[at : at + 8], report.files[0].tables[0].columns, strict=True):
            if finding.kind == kind:
                right += 1
            else:
                wrong[f"{group}: {finding.kind}, not {kind}"] += 1
    return {"columns": len(drawn), "right": right, "wrong": dict(wrong.most_common())}


@dataclass(frozen=True, slots=True)
class Span:
    """Something in a sentence. accepted: counts by itself; refused: nor under a header (samples, wrong check)."""

    row: int
    kind: str
    first: int
    last: int
    accepted: bool
    refused: bool


def sentence_spans(texts: Texts) -> Iterator[Span]:
    """What detectors find inside text, in characters of the folded text."""
    folded: list[str] = texts.folded.to_pylist()
    for detector in DETECTORS:
        if not detector.in_text or detector.alone is None:
            continue
        matches = detector.find(texts)
        accepted, known = matches.having(detector.alone), matches.having(detector.labelled)
        for row, start, end, yes, labelled in zip(matches.row, matches.start, matches.end, accepted, known, strict=True):
            data = folded[row].encode("utf-8")
            first = len(data[:start].decode("utf-8", "replace"))
            last = first + len(data[start:end].decode("utf-8", "replace"))
            yield Span(int(row), detector.kind, first, last, bool(yes), not labelled)


def _same(kind: str, truth: tuple[int, int], got: tuple[int, int]) -> bool:
    """A name must be taken exactly; of a number or address most of the words must be shared."""
    if kind == "personal_name":
        return truth == got
    shared = min(truth[1], got[1]) - max(truth[0], got[0])
    return 2 * shared > max(truth[1] - truth[0], got[1] - got[0])


def _folded_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Places of a span after full-width forms became narrow and outer blanks fell away."""
    before = unicodedata.normalize("NFKC", text[:start]).lstrip()
    return len(before), len(before) + len(unicodedata.normalize("NFKC", text[start:end]))


def score_sentences(lines: Sequence[Line]) -> dict[str, Any]:
    """By kind and corpus; a corpus scores only the kinds it marks. Spans seen and refused are counted apart."""
    texts = Texts([str(line["text"]) for line in lines])
    found: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    known: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    refused: Counter[str] = Counter()
    for span in sentence_spans(texts):
        if span.accepted:
            found[span.row, span.kind].append((span.first, span.last))
        elif span.refused:
            known[span.row, span.kind].append((span.first, span.last))
    marked: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        marked[line["corpus"]] |= {s["kind"] for s in line["spans"]}
    scores: dict[str, Scores] = defaultdict(Scores)
    for i, line in enumerate(lines):
        for kind in marked[line["corpus"]]:
            free = list(found[i, kind])
            score = scores[kind][line["corpus"]]
            for marking in line["spans"]:
                if marking["kind"] != kind:
                    continue
                truth = _folded_span(line["text"], marking["start"], marking["end"])
                hit = next((g for g in free if _same(kind, truth, g)), None)
                if hit is None and any(_same(kind, truth, g) for g in known[i, kind]):
                    refused[kind] += 1  # a published sample or a wrong check digit: seen, and rightly not counted
                elif hit is None:
                    score.missed += 1
                else:
                    score.found += 1
                    free.remove(hit)
            score.false += len(free)
    return {"kinds": {kind: s.plain() for kind, s in sorted(scores.items())}, "refused": dict(refused)}

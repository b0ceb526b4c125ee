"""One runner over every `fixtures/strings/<kind>.toml`: what each detector says of single cells.

A case: `text`, `why`, and
    yes    true: the evidence reaches `labelled`; false: nothing does; "suspect": a match that falls short and is not refused;
           "masked", "dummy", "damaged": a match with that flag, and nothing reaches `labelled`
    value  (optional) the canonical writing of the accepted match, or a list of all of them in order
    alone  (optional) whether the evidence suffices without a label
"""

from __future__ import annotations

import importlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.base.detector import Detector
from detectors.base.matches import REFUSED, Evidence, Matches
from detectors.base.texts import Texts

FOLDER = Path(__file__).parent.parent / "fixtures" / "strings"
FILES = sorted(FOLDER.glob("*.toml"))
VERDICTS = (True, False, "suspect", "masked", "dummy", "damaged")


@cache
def detector(kind: str) -> Detector:
    catalogue = getattr(importlib.import_module("detectors"), "DETECTORS", None)
    if catalogue is None:  # the detectors as modules, without their catalogue
        module = importlib.import_module(f"detectors.{'im_account' if kind in ('wechat', 'qq') else kind}")
        catalogue = getattr(module, "DETECTORS", None) or (module.DETECTOR,)
    (found,) = [one for one in catalogue if one.kind == kind]
    return found


@cache
def cases(file: Path) -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(file.read_text(encoding="utf-8"))["case"])


def verdict(kind: str, matches: Matches) -> Any:
    """What the matches of one cell say."""
    if matches.having(detector(kind).labelled).any():
        return True
    for flag in (Evidence.DUMMY, Evidence.DAMAGED, Evidence.MASKED):
        if (matches.evidence & np.uint16(flag)).any():
            return flag.names()[0]
    return "suspect" if len(matches) else False


EVERY = [pytest.param(file.stem, case, id=f"{file.stem}-{place}") for file in FILES for place, case in enumerate(cases(file))]


@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_case(kind: str, case: dict[str, Any]) -> None:
    one = detector(kind)
    matches = one.find(Texts([case["text"]]))
    said = verdict(kind, matches)
    wanted = case["yes"]
    assert said == wanted or (wanted is False and said == "suspect"), (case["text"], case["why"], said)
    if "value" in case:
        kept = matches.take(matches.having(one.labelled)) if wanted is True else matches
        values = kept.value.to_pylist()
        assert values == case["value"] if isinstance(case["value"], list) else case["value"] in values, values
    if "alone" in case:
        alone = one.alone is not None and bool(matches.having(one.alone).any())
        assert alone is case["alone"], (case["text"], case["why"], [Evidence(flag).names() for flag in matches.evidence.tolist()])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file_is_complete(file: Path) -> None:
    """Every file has cases of both sides, each says why, no text stands twice, and nothing unknown is written there."""
    seen = cases(file)
    assert {case["yes"] for case in seen} >= {True, False}
    texts = [case["text"] for case in seen]
    assert len(texts) == len(set(texts))
    for case in seen:
        assert case["why"].strip()
        assert any(case["yes"] == verdict and type(case["yes"]) is type(verdict) for verdict in VERDICTS)
        assert set(case) <= {"text", "why", "yes", "value", "alone"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_cells_do_not_touch_each_other(file: Path) -> None:
    """A chunk of all cases at once says of each cell what the cell alone says, and spans lie within their cells."""
    one = detector(file.stem)
    texts = Texts([case["text"] for case in cases(file)])
    whole = one.find(texts)
    assert (np.diff(whole.row) >= 0).all()
    assert ((whole.start >= 0) & (whole.start < whole.end) & (whole.end <= texts.lengths[whole.row])).all()
    for row, case in enumerate(cases(file)):
        single = one.find(Texts([case["text"]]))
        here = whole.take(whole.row == row)
        assert here.value.to_pylist() == single.value.to_pylist(), case["text"]
        assert here.evidence.tolist() == single.evidence.tolist(), case["text"]
        assert here.start.tolist() == single.start.tolist(), case["text"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_masks_hide(file: Path) -> None:
    """What is shown of an accepted value has stars (or is cut short), and never is the value."""
    one = detector(file.stem)
    for case in cases(file):
        for value in one.find(Texts([case["text"]])).value.to_pylist():
            shown = one.mask(value)
            if case["yes"] is True:
                assert shown != value
                assert value not in shown
                assert "*" in shown or "…" in shown


def test_refused_flags_never_reach_anything() -> None:
    """A masked, dummy or damaged match suffices nowhere, whatever else was checked of it."""
    for file in FILES:
        one = detector(file.stem)
        matches = one.find(Texts([case["text"] for case in cases(file)]))
        refused = (matches.evidence & np.uint16(REFUSED)) != 0
        for needed in (one.alone, one.together, one.labelled):
            if needed is not None:
                assert not (matches.having(needed) & refused).any()

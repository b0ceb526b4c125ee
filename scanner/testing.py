"""The contracts that a plugin's tests can call."""

from __future__ import annotations

import pickle

import numpy as np

from detectors.base.detector import Detector
from detectors.base.matches import Evidence
from detectors.base.texts import Texts

# Strings that have broken detectors: empty, blank, control characters, one byte, astral, long, nearly a number.
HOSTILE = [
    *(
        "",
        " ",
        "\x00",
        "a",
        "1",
        "\u3000",
        "\u200b\ufeff",
        "=",
        "'",
        '=""',
        "-",
        "+",
        "@",
        "*",
        "1" * 5_000,
        "中" * 5_000,
        "1-" * 2_000,
    ),
    *(
        "𠮷野家",
        "é",
        "e\u0301",
        "\U0001f600",
        "\ud7ff",
        "138",
        "1380013800",
        "110101",
        "(((((",
        "%s%n",
        "../../x",
        "\r\n",
        "1e400",
        "１２３",
    ),
]


def check_detector(detector: Detector) -> None:
    """Raise AssertionError where a detector breaks the contract of `detectors.base.detector.Detector`.

    It never raises on any string, its spans lie inside their cells in order of row and start, its flags are known, the cells
    around a cell do not change its matches, a refusal gives its ground in both languages, a masked example is not the value, and
    it can be sent to another process.
    """
    texts = Texts(HOSTILE)
    matches = detector.find(texts)
    assert len(matches.row) == len(matches.start) == len(matches.end) == len(matches.evidence) == len(matches.value)
    assert (np.diff(matches.row) >= 0).all(), "matches are not sorted by row"
    assert ((matches.start >= 0) & (matches.start < matches.end)).all(), "an empty or backward span"
    assert (matches.end <= texts.lengths[matches.row]).all(), "a span ends outside its cell"
    assert not (matches.evidence & ~np.uint16(sum(Evidence))).any(), "an unknown evidence flag"
    assert len(detector.find(Texts([]))) == 0
    ground = detector.refuse(texts, matches) if detector.refuse else None
    assert ground is None or (ground.code and ground.zh and ground.en), "a refusal without its ground in both languages"
    for row, text in enumerate(HOSTILE):
        alone = detector.find(Texts([text]))
        together = matches.take(matches.row == row)
        assert alone.value.to_pylist() == together.value.to_pylist(), "a cell's matches depend on its neighbours"
    assert detector.mask("13812345678") != "13812345678"
    assert detector.mask("") == ""
    assert pickle.loads(pickle.dumps(detector)).kind == detector.kind
    assert 0 <= detector.rank <= 15

"""The one shape of every detector: a frozen value. Its fields are the whole acceptance rule of its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches, Needed
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """How one kind is found and when a match counts as a hit.

    `alone`, `together` and `labelled` may be a tuple of alternatives, any one of which suffices.

    kind      public name, `resident_id`
    title_zh, title_en   the field's standard term
    find      all spans of the kind in a chunk of cells, in pure cells and inside text; never raises on any string
    headers   which column titles announce the kind
    alone     evidence that suffices in any cell or inside text; None: never by itself
    together  evidence that suffices for a cell of a column without a header, when a `quorum` of the distinct cells are
              entirely such matches; None: no column becomes this kind without a header
    quorum    share of distinct non-empty cells, 0–1
    labelled  evidence that suffices under a header that announces the kind. A match with less is shown as suspect, not counted
    refuse    column-level look-alike test over a sample: the reason why this is not the kind, or None
    identity  how far a value singles out one natural person
    rank      strength of the value as a person's key, 0 strongest … 14; 15 for what identifies nobody
    mask      how a value is shown to people
    in_text   whether `find` is asked about free text
    coded     in text every span holds five letters or digits in a row, digits in groups, or an @: other text is not shown to it
    """

    kind: str
    title_zh: str
    title_en: str
    find: Callable[[Texts], Matches]
    headers: HeaderWords
    alone: Needed | None = None
    together: Needed | None = None
    quorum: float = 0.6
    labelled: Needed = Evidence.SHAPE
    refuse: Callable[[Texts, Matches], Sentence | None] | None = None
    identity: Identity = Identity.NONE
    rank: int = 15
    mask: Callable[[str], str] = field(default=lambda value: "*" * len(value))
    in_text: bool = False
    coded: bool = False

"""From hits to records 条: which kinds stand in each row, and about whom.

One row about one person is one record, whatever the number of its fields. `count` adds one chunk to a tally; nothing here
knows a tier or a limit.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors import address
from detectors.base import citizen
from detectors.base.detector import Detector
from detectors.base.matches import Identity
from detectors.base.texts import Texts
from detectors.fields import has_time_of_day, parse_dates
from scanner.columns import Columns
from scanner.hits import HIT, INVALID, MASKED, NOTHING, SAMPLE, Cells, TextHits, classify, search, spread
from scanner.keyed_hash import Hashes, mixed
from scanner.lines import add_lines
from scanner.model import Chunk
from scanner.persons import Extra, Plan, Subject, key_of, move, ranked
from scanner.profile import ColumnProfile
from scanner.tally import RANK_MASK
from scanner.tally_builder import TallyBuilder

REPEATED = 0.5  # below this share of distinct values a dictionary pays
DOOR = 3  # `address.precision`: down to the door


def count(chunk: Chunk, plan: Plan, into: TallyBuilder, columns: Columns) -> None:
    """Add the records of one chunk to `into`, and what its columns hold to `columns`."""
    rows = chunk.rows
    profile = plan.profile
    people: dict[int, Subject] = {}
    content = np.zeros(rows, np.uint64)
    place, moving = np.zeros(rows, bool), np.zeros(rows, bool)
    extras: list[Extra] = []
    texts_found: list[tuple[ColumnProfile, TextHits]] = []
    for column in profile.columns:
        if column.index >= len(chunk.columns):
            continue
        array = chunk.columns[column.index]
        columns.cells(column.index, array)
        if not column.detectors and not column.inside:
            continue
        person = people.setdefault(column.subject, Subject.empty(plan, rows))
        texts, index = _texts(array, column)
        if column.detectors:
            distinct = classify(texts, column.detectors, column.needed, plan.key, plan.allow)
            columns.claimed(column, distinct, index)
            cells = distinct if index is None else distinct.take(index)
            _claim(column, cells, texts, index, plan, person, content, extras)
            hit = cells.state == HIT
            if column.kind in ("coordinates", "whereabouts"):
                place |= hit
            if column.index in profile.times:
                moving |= hit
            elif column.kind == "whereabouts":  # 2026-09-01 08:23 某收费站: the place column may tell the time itself
                timed = has_time_of_day(texts)
                moving |= hit & (timed if index is None else timed[index])
        if column.inside and _may_hold_hits(texts):
            found = search(texts, column.inside, plan.key, plan.allow, column.serial)
            columns.inside(column, found, index)
            texts_found.append((column, found if index is None else _repeat(found, index, len(texts))))
    if not people:
        return
    subjects = [people[s] for s in sorted(people)]
    for person in subjects:
        key_of(person, into)
    for column, found in texts_found:
        _read_text(column, found, plan, people[column.subject], subjects, content, extras, into)
    moved = place & moving
    if moved.any():
        move(moved, plan, subjects)
    add_lines(plan, subjects, extras, content, into)


def _texts(array: pa.StringArray, column: ColumnProfile) -> tuple[Texts, NDArray[np.int64] | None]:
    if column.distinct >= REPEATED:
        return Texts(array), None
    encoded = array.dictionary_encode()
    return Texts(encoded.dictionary), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _may_hold_hits(texts: Texts) -> bool:
    """Nothing that identifies is shorter than two characters of Han or six of ASCII."""
    return bool(len(texts)) and int(texts.lengths.max()) >= 6


def _repeat(found: TextHits, index: NDArray[np.int64], size: int) -> TextHits:
    row, entry = spread(found.row, index, size)
    order = np.lexsort((found.start[entry], row))
    row, entry = row[order], entry[order]
    values = found.canonical.take(pa.array(entry))
    return TextHits(row, found.which[entry], found.value[entry], found.start[entry], values, found.allowed, found.samples)


def _salted(value: Hashes, kind: str, subject: int) -> Hashes:
    """A value's part of the row's content: sums of these do not depend on the order of the columns."""
    salt = int.from_bytes(f"{kind}/{subject}".encode(), "big") * 0x9E3779B97F4A7C15 % 2**64
    return mixed(value ^ np.uint64(salt))


def _claim(
    column: ColumnProfile,
    cells: Cells,
    texts: Texts,
    index: NDArray[np.int64] | None,
    plan: Plan,
    person: Subject,
    content: Hashes,
    extras: list[Extra],
) -> None:
    """Enter one column's cells, read from these texts, into the person that it speaks of."""
    for number, detector in enumerate(column.detectors):
        mine = cells.which == number if len(column.detectors) > 1 else cells.state != NOTHING
        if not mine.any():
            continue
        kind = detector.kind
        hit = mine & (cells.state == HIT)
        content += np.where(mine, _salted(cells.value, kind, column.subject), np.uint64(0))
        if kind != "whereabouts":  # a place alone is not yet whereabouts
            person.own.add(kind, hit)
        for state, bits in ((MASKED, person.masked), (INVALID, person.invalid), (SAMPLE, person.invalid)):
            bad = mine & (cells.state == state)
            if bad.any():
                bits.add(kind, bad)
                if detector.identity >= Identity.PERSONAL:
                    person.doubt |= bad
        if detector.identity >= Identity.PERSONAL or kind == "plate_number":
            person.identifiers.append((detector.rank, hit, cells.value))
        if kind == "personal_name" and person.name is None:
            person.name = np.where(hit, cells.value, np.uint64(0))
        if detector.identity is Identity.LINKING:
            person.link(kind, np.where(hit, cells.value, np.uint64(0)))
        if detector.identity is Identity.UNIQUE and len(cells.more_row):
            second = cells.more_which == number
            extras.append(Extra(cells.more_row[second], ranked(cells.more_value[second], detector.rank), kind))
        _derive(detector, cells, number, texts, index, plan, person)


def _derive(
    detector: Detector,
    cells: Cells,
    number: int,
    texts: Texts,
    index: NDArray[np.int64] | None,
    plan: Plan,
    person: Subject,
) -> None:
    """Facts that follow from a value: under fourteen, an address down to the door."""
    if detector.kind not in ("resident_id", "foreigner_permit", "birth_date", "address"):
        return
    mine = cells.which[cells.at] == number
    if not mine.any():
        return
    rows = cells.at[mine]
    if detector.kind == "address":
        precise = address.cell_precision(texts) >= DOOR
        precise = precise[rows if index is None else index[rows]]
        person.own.add("precise_address", rows[precise])
        value = person.linking["address"]
        rough = np.ones(len(value), bool)
        rough[rows[precise]] = False
        person.linking["address"] = np.where(rough, np.uint64(0), value)
        return
    values = cells.canonical if mine.all() else cells.canonical.filter(pa.array(mine))
    births = _births(detector.kind, values)
    person.own.add("minor_under_14", rows[births > plan.under_14_after])


def _births(kind: str, values: pa.StringArray) -> NDArray[np.datetime64]:
    return parse_dates(Texts(values)) if kind == "birth_date" else citizen.birth_dates(values)


def _read_text(
    column: ColumnProfile,
    found: TextHits,
    plan: Plan,
    person: Subject,
    subjects: list[Subject],
    content: Hashes,
    extras: list[Extra],
    into: TallyBuilder,
) -> None:
    """Enter what stands inside text: for the person of the row where there is one, else for the person that the text names."""
    if not len(found):
        return
    identities = np.array([d.identity for d in column.inside], np.int64)[found.which]
    ranks = np.array([d.rank for d in column.inside], np.int64)[found.which]
    keyed = np.zeros(len(person.key), bool)
    for subject in subjects:
        keyed |= subject.key != 0
    new = (identities >= Identity.PERSONAL) & ~keyed[found.row]
    order = np.lexsort((found.start, ranks, found.row))
    order = order[new[order]]
    rows = found.row[order]
    first = np.ones(len(rows), bool)
    first[1:] = rows[1:] != rows[:-1]
    person.key[rows[first]] = ranked(found.value[order[first]], 0) | ranks[order[first]].astype(np.uint64)
    lead = person.key[rows]
    mine = (found.value[order] & ~RANK_MASK) | ranks[order].astype(np.uint64)
    same_rank = (lead & RANK_MASK) == (mine & RANK_MASK)
    weaker = ~same_rank
    # one stronger number in the row: the weaker ones are that person's; several: nobody knows whose they are
    several = np.zeros(len(person.key), bool)
    several[rows[same_rank & (mine != lead)]] = True
    linked = weaker & ~several[rows]
    into.link(mine[linked], lead[linked])
    others = same_rank & (mine != lead)
    for number, detector in enumerate(column.inside):
        at = found.which == number
        if not at.any():
            continue
        person.own.add(detector.kind, found.row[at])
        np.add.at(content, found.row[at], _salted(found.value[at], detector.kind, column.subject))
        more = others & (found.which[order] == number)
        if more.any():
            extras.append(Extra(rows[more], mine[more], detector.kind))
        values = found.canonical.filter(pa.array(at))
        if detector.kind == "address":
            person.own.add("precise_address", found.row[at][address.precision(values) >= DOOR])
        elif detector.kind in ("resident_id", "foreigner_permit"):
            person.own.add("minor_under_14", found.row[at][_births(detector.kind, values) > plan.under_14_after])

"""The short form of `benchmarks/fuzz.py`: broken files of every format end as tables or as `UnreadableError`, never otherwise."""

from __future__ import annotations

import fuzz
import pytest

from scanner.readers import READERS, reader_for
from scanner.sources import bytes_source


def told(outcome: fuzz.Outcome) -> str:
    return "\n".join(f"{name}: {what} (python benchmarks/fuzz.py --only {number})" for number, name, what in outcome.crashes)


def test_originals_are_read_by_many_readers() -> None:
    """A fuzz of files that no reader claims would show nothing."""
    claimed = {reader.name for name, data in fuzz.originals().items() if (reader := reader_for(bytes_source(name, data)))}
    assert len(claimed) >= len(READERS) - 5, sorted({reader.name for reader in READERS} - claimed)


def test_inputs_are_told_by_their_number() -> None:
    assert fuzz.mutated(17, 3) == fuzz.mutated(17, 3)
    assert len({fuzz.mutated(number, 3)[1] for number in range(0, 3600, 36)}) > 50


def test_a_crash_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fuzz, "consume", broken)
    assert [what.split()[0] for *_, what in fuzz.run(range(3), 1).crashes] == ["ZeroDivisionError"] * 3


def test_no_reader_crashes() -> None:
    outcome = fuzz.run_apart(1000, 7)
    assert outcome.inputs.total() == 1000
    assert not outcome.crashes, told(outcome)


@pytest.mark.slow
def test_no_reader_crashes_at_length() -> None:
    outcome = fuzz.run_apart(100_000, 11)
    assert not outcome.crashes, told(outcome)

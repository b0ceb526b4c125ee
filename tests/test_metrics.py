"""Metrics: read back by the parser of Prometheus' own client, written in one step, nothing personal in a label."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fixtures.makers import people
from fixtures.makers.dice import Dice
from scanner.errors import LeakgaugeError
from scanner.reports.metrics import RunFigures, Sample, prometheus, samples, write_metrics

RUN = RunFigures(
    ended=1_795_230_000.25,
    duration=812.5,
    files={"scanned": 12, "skipped": 40_000, "unread": 3},
    files_over_line={"strict": 4, "prevailing": 1},
    persons=123_456,
    ratios={"strict": 12.5, "prevailing": 0.75, "lenient": 0.1},
    suppressed=7,
    exit_code=12,
    owner_ratios={"wang_li": {"strict": 2.0, "prevailing": 0.5, "lenient": 0.25}},
    alerts_failed={"siem": 0, "dingtalk": 2},
    drill=5400.0,
)


def read(text: str) -> dict[tuple[str, ...], float]:
    """Series → value: the name, then each label as name=value, in the order of the labels' names."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items())))
            assert key not in found
            assert sample.timestamp is None
            found[key] = sample.value
    return found


def test_a_run_in_full() -> None:
    assert read(prometheus(samples(RUN))) == {
        ("leakgauge_run_timestamp_seconds",): 1_795_230_000.25,
        ("leakgauge_run_duration_seconds",): 812.5,
        ("leakgauge_files", "state=scanned"): 12,
        ("leakgauge_files", "state=skipped"): 40_000,
        ("leakgauge_files", "state=new"): 0,
        ("leakgauge_files", "state=changed"): 0,
        ("leakgauge_files", "state=gone"): 0,
        ("leakgauge_files", "state=unread"): 3,
        ("leakgauge_files_over_line", "reading=strict"): 4,
        ("leakgauge_files_over_line", "reading=prevailing"): 1,
        ("leakgauge_files_over_line", "reading=lenient"): 0,
        ("leakgauge_persons",): 123_456,
        ("leakgauge_ratio", "reading=strict"): 12.5,
        ("leakgauge_ratio", "reading=prevailing"): 0.75,
        ("leakgauge_ratio", "reading=lenient"): 0.1,
        ("leakgauge_owner_ratio", "owner=wang_li", "reading=strict"): 2.0,
        ("leakgauge_owner_ratio", "owner=wang_li", "reading=prevailing"): 0.5,
        ("leakgauge_owner_ratio", "owner=wang_li", "reading=lenient"): 0.25,
        ("leakgauge_alerts_failed", "channel=siem"): 0,
        ("leakgauge_alerts_failed", "channel=dingtalk"): 2,
        ("leakgauge_suppressed",): 7,
        ("leakgauge_drill_seconds",): 5400,
        ("leakgauge_exit_code",): 12,
    }


def test_no_drill_is_no_series() -> None:
    text = prometheus(samples(replace(RUN, drill=None)))
    assert "drill" not in text


def test_each_metric_is_described_once_and_before_its_samples() -> None:
    lines = prometheus(samples(RUN)).splitlines()
    described = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(set(described)) == len(described) == 11
    for number, line in enumerate(lines):
        if line.startswith("# TYPE "):
            assert lines[number - 1].startswith(f"# HELP {line.split()[2]} ")
            assert lines[number + 1].startswith(line.split()[2])


def test_labels_are_escaped_and_stand_on_every_sample() -> None:
    hostile = 'C:\\x "y"\n# z=1} 2'
    text = prometheus([Sample("leakgauge_persons", 1), Sample("leakgauge_exit_code", 0)], {"scan": hostile})
    assert read(text) == {("leakgauge_persons", f"scan={hostile}"): 1, ("leakgauge_exit_code", f"scan={hostile}"): 0}
    assert "?" in prometheus([Sample("leakgauge_persons", 1)], {"scan": "a\udcffb"})


def test_owners_are_masked_merged_and_few() -> None:
    dice = Dice("metrics")
    phone = people.mobile(dice)
    low, high = {"strict": 1.0, "prevailing": 3.0}, {"strict": 2.0}
    run = replace(RUN, owner_ratios={phone: high, "zhao@a.example": low, "zhou@a.example": high, "b": {"strict": 0.5}, "c": {}})
    text = prometheus(samples(run, owners=3))
    found = read(text)
    assert phone not in text
    assert {key[1] for key in found if key[0] == "leakgauge_owner_ratio"} == {
        f"owner={phone[:3]}******{phone[-2:]}",
        "owner=z***@a.example",
        "owner=b",
    }
    assert found["leakgauge_owner_ratio", "owner=z***@a.example", "reading=strict"] == 2.0
    assert found["leakgauge_owner_ratio", "owner=z***@a.example", "reading=prevailing"] == 3.0


def test_numbers_of_every_size() -> None:
    for value in (0, 1, -1, 0.1, 1e300, 5e-324, float("inf"), float("-inf"), 2**60):
        assert read(prometheus([Sample("leakgauge_persons", value)])) == {("leakgauge_persons",): value}
    assert "leakgauge_persons NaN\n" in prometheus([Sample("leakgauge_persons", float("nan"))])


@pytest.mark.parametrize(
    ("wrong", "labels"),
    [
        ([Sample("leakgauge_unknown", 1)], {}),
        ([Sample("leakgauge_persons", 1), Sample("leakgauge_persons", 2)], {}),
        ([Sample("leakgauge_ratio", 1, (("reading", "strict"),))], {"reading": "x"}),
        ([Sample("leakgauge_persons", 1)], {"a-b": "x"}),
        ([Sample("leakgauge_persons", 1)], {"__name__": "x"}),
    ],
)
def test_what_the_collector_would_refuse_is_refused(wrong: list[Sample], labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="leakgauge_|label names"):
        prometheus(wrong, labels)


def test_the_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "leakgauge.prom"
    write_metrics(path, samples(RUN), {"scan": "nightly"})
    before = path.read_bytes()
    assert before.decode() == prometheus(samples(RUN), {"scan": "nightly"})
    assert b"\r" not in before
    assert before.endswith(b"\n")
    seen: list[tuple[set[str], bytes]] = []
    replace_file = Path.replace

    def spying(self: Path, target: Path) -> Path:
        seen.append(({p.name for p in tmp_path.iterdir() if p.suffix == ".prom"}, path.read_bytes()))
        assert self.read_bytes() == prometheus(samples(replace(RUN, persons=1))).encode()
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", spying)
    write_metrics(path, samples(replace(RUN, persons=1)))
    assert seen == [({"leakgauge.prom"}, before)]  # until then the collector sees the old text and no other file
    assert read(path.read_text("utf-8"))[("leakgauge_persons",)] == 1
    assert os.listdir(tmp_path) == ["leakgauge.prom"]


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_the_collector_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        write_metrics(tmp_path / "a.prom", samples(RUN))
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.prom").stat().st_mode) == 0o644


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LeakgaugeError, match="the metrics file .* cannot be written: No such file"):
        write_metrics(tmp_path / "absent" / "a.prom", samples(RUN))
    (tmp_path / "taken.prom").mkdir()
    with pytest.raises(LeakgaugeError, match="cannot be written"):
        write_metrics(tmp_path / "taken.prom", samples(RUN))
    assert os.listdir(tmp_path) == ["taken.prom"]  # nothing half-made is left

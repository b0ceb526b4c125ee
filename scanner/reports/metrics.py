"""The figures of a run for Prometheus: text format 0.0.4, for the textfile collector of node_exporter or windows_exporter.

https://prometheus.io/docs/instrumenting/exposition_formats/ and …/practices/naming/. All are gauges: a file that is written once a
night says how things stand, it does not count up. No timestamps: the collector refuses files that have them.
"""

from __future__ import annotations

import math
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import LeakgaugeError
from scanner.law.model import READINGS
from scanner.plain import plain, title

FILE_STATES = ("scanned", "skipped", "new", "changed", "gone", "unread")

_METRICS = {
    "leakgauge_run_timestamp_seconds": "When the last run ended, Unix time. 上次运行结束的时间",
    "leakgauge_run_duration_seconds": "How long the last run took. 上次运行用时",
    "leakgauge_files": "Files of the last run by state. 上次运行各状态的文件数",
    "leakgauge_files_over_line": "Files that reach the criminal line by themselves, by reading. 单个文件即达到入罪数量标准的文件数",
    "leakgauge_persons": "Distinct natural persons in all files. 全部文件涉及的自然人数",
    "leakgauge_ratio": "All files together, as a multiple of the criminal line, by reading. 全部文件合计相当于入罪标准的倍数",
    "leakgauge_owner_ratio": "The files of one owner together, as a multiple of the line. 同一导出人的文件合计相当于入罪标准的倍数",
    "leakgauge_alerts_failed": "Alerts that a channel was not told. 未能送达的告警数",
    "leakgauge_suppressed": "Files over a line that the baseline accepts. 基线已接受的、达到入罪数量标准的文件数",
    "leakgauge_drill_seconds": "From planting the last drill file to catching it. 最近一次演练从投放到发现的时间",
    "leakgauge_exit_code": "Exit code of the last run. 上次运行的退出码",
}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a metric of `_METRICS`, its labels in the order they are shown, its value."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a run says of itself.

    ended          Unix time
    files          state (FILE_STATES) → files; files_over_line, ratios: reading → number
    owner_ratios   owner → reading → ratio
    alerts_failed  channel → alerts not delivered
    drill          seconds; None: no drill file has been caught yet
    """

    ended: float
    duration: float
    files: Mapping[str, int]
    files_over_line: Mapping[str, int]
    persons: int
    ratios: Mapping[str, float]
    suppressed: int
    exit_code: int
    owner_ratios: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    alerts_failed: Mapping[str, int] = field(default_factory=dict)
    drill: float | None = None


def samples(run: RunFigures, owners: int = 20) -> tuple[Sample, ...]:
    """The run as samples. Of the owners only the first by strict ratio: every label value is a series that is kept for long.

    Owners are masked as everywhere; where two look the same then, the higher ratio is shown.
    """
    made = [
        Sample("leakgauge_run_timestamp_seconds", run.ended),
        Sample("leakgauge_run_duration_seconds", run.duration),
        *(Sample("leakgauge_files", run.files.get(state, 0), (("state", state),)) for state in FILE_STATES),
        *(Sample("leakgauge_files_over_line", run.files_over_line.get(r, 0), (("reading", r),)) for r in READINGS),
        Sample("leakgauge_persons", run.persons),
        *(Sample("leakgauge_ratio", run.ratios.get(r, 0.0), (("reading", r),)) for r in READINGS),
        Sample("leakgauge_suppressed", run.suppressed),
        Sample("leakgauge_exit_code", run.exit_code),
        *(Sample("leakgauge_alerts_failed", count, (("channel", name),)) for name, count in sorted(run.alerts_failed.items())),
    ]
    if run.drill is not None:
        made.append(Sample("leakgauge_drill_seconds", run.drill))
    shown: dict[str, dict[str, float]] = {}
    for owner, ratios in run.owner_ratios.items():
        known = shown.setdefault(title(plain(owner)), dict.fromkeys(READINGS, 0.0))
        known.update({r: max(known[r], ratios.get(r, 0.0)) for r in READINGS})
    first = sorted(shown.items(), key=lambda item: (-item[1]["strict"], item[0]))[:owners]
    made += [
        Sample("leakgauge_owner_ratio", ratios[r], (("owner", name), ("reading", r))) for name, ratios in first for r in READINGS
    ]
    return tuple(made)


def prometheus(samples: Iterable[Sample], labels: Mapping[str, str] | None = None) -> str:
    """The samples as text. `labels` stand on every one: a second job beside the first must differ in one.

    Raises ValueError: an unknown metric, a name that no label may have, or two samples of one series, for all of which the
    collector would refuse the whole file.
    """
    extra = tuple((labels or {}).items())
    series: dict[str, dict[str, float]] = {name: {} for name in _METRICS}
    for sample in samples:
        if sample.name not in series:
            raise ValueError(f"unknown metric {sample.name}")
        written = _labels((*extra, *sample.labels))
        if written in series[sample.name]:
            raise ValueError(f"two samples of {sample.name}{written}")
        series[sample.name][written] = sample.value
    parts: list[str] = []
    for name, values in series.items():
        if values:
            parts += [f"# HELP {name} {_METRICS[name]}", f"# TYPE {name} gauge"]
            parts += [f"{name}{written} {_number(value)}" for written, value in values.items()]
    return "\n".join(parts) + "\n"


def write_metrics(path: Path, samples: Iterable[Sample], labels: Mapping[str, str] | None = None) -> None:
    """Put the text in the place of this file in one step, so that no collector reads half of it.

    Readable by all whatever the umask, since the collector runs as another user. The file in the making does not end in `.prom`,
    by which collectors know theirs. Raises LeakgaugeError.
    """
    text = prometheus(samples, labels).encode()
    making = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            making.chmod(0o644)
            making.replace(path)
        except OSError:
            making.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise LeakgaugeError(f"the metrics file {path} cannot be written: {error.strerror or 'unknown reason'}") from None


def _labels(pairs: tuple[tuple[str, str], ...]) -> str:
    names = [name for name, _ in pairs]
    if any(not _LABEL.fullmatch(name) or name.startswith("__") for name in names) or len(set(names)) < len(names):
        raise ValueError(f"label names {names}: one is not allowed or stands twice")
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    fit = value.encode("utf-8", "replace").decode()  # a name that is no UTF-8 would spoil the file
    return fit.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(int(value))
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(float(value))

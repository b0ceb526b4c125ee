"""The lines of docs/extending.md, run."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import scanner
from detectors.base.texts import Texts
from scanner.config import find_settings
from scanner.testing import check_detector

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "extending.md").read_text("utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))
DESK = "1391234" + "0000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("own.toml", "titles.toml", "allow.toml", "leakgauge.toml"):
        (tmp_path / name).write_text(FILES[name].replace("{service_desk}", DESK), encoding="utf-8")
    example = ROOT / "fixtures" / "policy" / "example_company.toml"
    (tmp_path / "policy.toml").write_text(example.read_text("utf-8"), encoding="utf-8")
    return tmp_path


def table(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_settings_allow_list_own_kind_and_policy(folder: Path) -> None:
    rows = [f"AB{n:06d},{DESK},项目{n}" for n in range(40)]
    path = table(folder / "cards.csv", "工卡号,手机号,备注", rows)
    report = scanner.scan(path, settings=find_settings(folder))
    cards, desk, _ = report.files[0].tables[0].columns
    assert (cards.kind, cards.hits) == ("staff_card", 40)
    assert desk.hits == 0
    assert report.suppressed == 40
    assert report.persons.all == 40
    assert {level.policy for level in report.assessment.policies} == {"示例公司数据分级"}


def test_title_words(folder: Path) -> None:
    rows = [
        f"王晓{'燕梅兰竹菊'[n % 5]},139{n:04d}{(n * 7919) % 10000:04d},138{n:04d}{(n * 6007) % 10000:04d}"
        for n in range(1000, 1040)
    ]
    path = table(folder / "calls.csv", "吉祥物姓名,回拨号,客户callback_line", rows)

    def kinds(report: scanner.Report) -> list[str | None]:
        return [column.kind for column in report.files[0].tables[0].columns if "header" in column.evidence]

    assert kinds(scanner.scan(path)) == ["personal_name"]
    assert kinds(scanner.scan(path, settings=find_settings(folder))) == ["mobile_phone", "mobile_phone"]


def test_accepted_column(folder: Path) -> None:
    rows = [f"部门{n},139{n:04d}{(n * 7919) % 10000:04d}" for n in range(1000, 1040)]
    settings = find_settings(folder)
    path = table(folder / "duty_may.csv", "部门,值班电话", rows)
    report = scanner.scan(path, settings=settings)
    assert report.suppressed == 40
    assert report.persons.all == 0
    other = table(folder / "list_may.csv", "部门,值班电话", rows)
    assert scanner.scan(other, settings=settings).suppressed == 0


def test_detector_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "acme_detectors.py").write_text(FILES["acme_detectors.py"], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    group = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]["leakgauge.detectors"]
    points = [EntryPoint(name, value, "leakgauge.detectors") for name, value in group.items()]
    detector: Any = points[0].load()
    assert detector.find(Texts(["LC-1234567", "LC-12", ""])).row.tolist() == [0]
    check_detector(detector)


def test_every_block_is_run() -> None:
    assert set(FILES) == {"own.toml", "titles.toml", "allow.toml", "leakgauge.toml", "acme_detectors.py", "pyproject.toml"}
    assert len(re.findall(r"^```\w+", TEXT, re.MULTILINE)) == len(FILES) + 1

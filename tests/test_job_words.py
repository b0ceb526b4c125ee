"""Words of the nightly run and of dossiers that say only what there is to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli import main
from scanner.config import Lang
from scanner.reports.dossier_parts import PATHS, named
from scanner.reports.dossier_words import hours_words
from scanner.reports.nightly_words import category_titles


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        ("08:00-20:00 mon,tue,wed,thu,fri", "周一至周五 08:00-20:00", "Mon to Fri 08:00-20:00"),
        ("22:00-06:00 mon,wed,sun", "周一、周三、周日 22:00-06:00", "Mon, Wed, Sun 22:00-06:00"),
        ("09:00-18:00 sat,sun", "周六、周日 09:00-18:00", "Sat, Sun 09:00-18:00"),
        ("09:00-18:00 sat", "周六 09:00-18:00", "Sat 09:00-18:00"),
    ],
)
def test_working_hours_are_said_as_people_write_them(hours: str, zh: str, en: str) -> None:
    assert (hours_words(hours, "zh"), hours_words(hours, "en")) == (zh, en)


@pytest.mark.parametrize(("lang", "end"), [("zh", "p7 等，另有 2 个"), ("en", "p7 and 2 more")])
def test_of_many_paths_the_rest_is_a_number(lang: Lang, end: str) -> None:
    paths = [f"p{number}" for number in range(PATHS + 2)]
    assert named(paths, lang).endswith(end)


def test_titles_that_hold_commas_are_told_apart() -> None:
    assert category_titles(["device", "account"], "zh").count("；") == 1
    assert category_titles(["device", "account"], "en").count("; ") == 1


@pytest.mark.parametrize(
    ("lang", "says"), [("zh", "文件夹中没有文件，或者按设置全部略去。"), ("en", "No file stands in the folders")]
)
def test_a_night_over_nothing_says_so(lang: Lang, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "exports").mkdir()
    words = ["nightly", str(tmp_path / "exports"), "--ledger", str(tmp_path / "l.db"), "--lang", lang, "--no-progress"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(says)


def test_a_night_names_only_what_happened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    words = ["nightly", str(tmp_path / "exports"), "--ledger", str(tmp_path / "l.db"), "--lang", "en", "--no-progress"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[1] == "1 file(s): 1 scanned, 1 new."

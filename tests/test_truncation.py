"""Every format cut short: no crash, and nothing is lost without a word, unless what is left is a whole shorter file itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import every_format
import pytest
from every_format import MADE, WRITTEN

import scanner
from fixtures.makers.one_table import PERSONS, one_table
from scanner.errors import UnreadableError
from scanner.limits import Opening
from scanner.model import Table, Unread
from scanner.readers import open_source
from scanner.sources import bytes_source

NAMES = [*MADE, *WRITTEN]
OPENING = Opening(passwords=("formats",))
MOBILES = {row[2] for row in one_table()[1:]}
ENCODINGS = {"bom.csv": "utf-8-sig", "utf16.csv": "utf-16", "unicode.txt": "utf-16", "page_gb2312.xls": "gb18030"}
ENCODINGS |= dict.fromkeys(("gb18030.csv", "calc_gb18030.csv", "lines.txt"), "gb18030")
TEXT = (".csv", ".tsv", ".txt", ".md", ".html", ".json", ".jsonl", ".sql", ".vcf", ".eml")
PAGES = (".html", "page_utf8.xls", "page_gb2312.xls")


def is_text(name: str) -> bool:
    return name.endswith((*TEXT, *PAGES))


def may_end(name: str, cut: bytes) -> bool:
    """Whether a text that ends here is a whole shorter file, as far as anybody can know. Asked of the text, not of our readers."""
    try:
        text = cut.decode(ENCODINGS.get(name, "utf-8"))
    except UnicodeDecodeError:
        return False
    if name.endswith((".txt", ".md")) and name != "unicode.txt":
        return True
    if name.endswith((".csv", ".tsv", ".txt")):
        return text.count('"') % 2 == 0
    if name.endswith(PAGES):
        return "</html>" in text
    if name.endswith(".jsonl"):
        return all(is_json(line) for line in text.splitlines())
    if name.endswith(".json"):
        return is_json(text)
    if name.endswith(".vcf"):
        return len(text.rpartition("END:")[2].removeprefix("VCARD").strip()) < len("BEGIN:")
    if name.endswith(".eml"):
        return re.search(r"^--=+\d+==--", text, re.MULTILINE) is not None
    if "COPY" in text and "\n\\.\n" not in text:
        return False
    text += "\n" if text.endswith(");") else ""
    rest = re.sub(r"^--.*$|^\\.*$", "", text[max(text.rfind(";\n"), text.rfind("\n\\.\n") + 1) + 2 :], flags=re.MULTILINE)
    return not rest.strip() or not re.search(r"1[3-9]\d{9}", text)  # before the first person nobody can know what it was


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def read(name: str, data: bytes) -> tuple[int, list[Unread]]:
    """How many of the 300 telephone numbers the readers give, and what they say was not read."""
    found: set[str] = set()
    unread: list[Unread] = []
    for part in open_source(bytes_source(name, data), OPENING):
        if isinstance(part, Unread):
            unread.append(part)
        elif isinstance(part, Table):
            try:
                for chunk in part.chunks:
                    for column in chunk.columns:
                        found.update(re.findall(r"1[3-9]\d{9}", "\n".join(column.to_pylist())))
            except UnreadableError as error:
                unread.append(Unread(name, part.name, error.reason, error.detail))
    return len(found & MOBILES), unread


def assert_told(name: str, cut: bytes, persons: int, unread: tuple[Unread, ...] | list[Unread], where: str) -> str:
    """The outcome in a word."""
    if unread:
        return "said, some read" if persons else "said"
    assert may_end(name, cut) if is_text(name) else persons == PERSONS, where
    return "all read" if persons == PERSONS else "a whole shorter file"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_without_a_word(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    whole = every_format.data(name)
    for percent in range(7, 100, 10):
        cut = whole[: len(whole) * percent // 100]
        assert_told(name, cut, *read(name, cut), f"{percent} %")
    assert capfd.readouterr() == ("", "")  # no library writes to the terminal


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_file_is_read(name: str) -> None:
    persons, unread = read(name, every_format.data(name))
    assert persons == PERSONS
    assert [[one.part, one.reason] for one in unread] == every_format.truth()[name]["unread"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_without_a_word_long(name: str, tmp_path: Path) -> None:
    """Every 1 %, by a whole scan; prints what came of it (-s)."""
    whole = every_format.data(name)
    outcomes: Counter[str] = Counter()
    (tmp_path / "passwords").write_text("formats", encoding="utf-8")
    settings = scanner.Settings(password_file=tmp_path / "passwords")
    for percent in range(1, 100):
        cut = whole[: len(whole) * percent // 100]
        (tmp_path / name).write_bytes(cut)
        report = scanner.scan(tmp_path / name, settings=settings)
        assert report.persons.all <= PERSONS + 1  # a number that is cut may be another's
        outcomes[assert_told(name, cut, report.persons.all, report.unread, f"{percent} %")] += 1
    print(f"{name}: {len(whole):,} bytes, {dict(outcomes)}")


QUOTED = 'name,note\r\nJane,"said ""no"",\r\nand went"\r\nJohn,"again'


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("a.csv", QUOTED),
        ("a.csv", QUOTED.replace("again", "")),
        ("a.csv", QUOTED.replace("\n", "")),
        ("a.tsv", QUOTED.replace(",", "\t")),
        ("a.csv", QUOTED + "\r\nand again\r\n"),
        ("a.html", "<table><tr><td>Jane</td></tr><tr><td>John"),
        ("a.html", "<html><table><tr><td>Jane</td></tr></table>"),
        ("a.html", "<table><tr><td>Jane</td></tr></table><!-- and"),
        ("a.html", "<table><tr><td>Jane</td></tr></table><p cla"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1), ('John"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1),"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\nINSERT INTO t VALUES ('John', 2)"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\nINSERT INTO t VAL"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\nUPDATE t SET a = 'John"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\n/* and"),
    ],
)
def test_what_ends_within_something_is_said(name: str, cut: str) -> None:
    unread = read(name, cut.encode())[1]
    assert [one.reason for one in unread] == ["damaged"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", QUOTED + '"'),
        ("a.csv", QUOTED + '"\r\n'),
        ("a.csv", 'name,note\nJane,"a stray quote\nJohn,1\nJim,2\nJoe,3\n'),
        ("a.csv", 'name,note\nJane,5" screen\n'),
        ("a.txt", 'Jane said "no\nand went\n'),
        ("a.html", "<table><tr><td>Jane<td>John</table>"),
        ("a.html", "<html><body><table><tr><td>Jane</body></html>"),
        ("a.html", "<p>a < b<table><tr><td>1 < 2</td></tr></table> and 3 < 4"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1)"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1)\nGO\nINSERT INTO t VALUES ('John', 2)\nGO"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\n-- done"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\n\\unrestrict x"),
        ("a.sql", "INSERT INTO t VALUES ('Jane', 1);\nCOMMIT;\n/\n"),
    ],
)
def test_what_is_whole_is_not_called_cut(name: str, text: str) -> None:
    assert read(name, text.encode())[1] == []


LETTER = (
    b'Subject: x\nDate: Tue, 01 Sep 2026 08:00:00 +0800\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    b"--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
    b'Content-Disposition: attachment; filename="a.csv"\n\n'
    b"bmFtZSxwaG9uZQ0KSmFuZSwxMzgwMDEzODAwMQ0KSm9obiwxMzgwMDEzODAwMg0K\n--b--\n"
)


@pytest.mark.parametrize("lost", [*range(7, 14), 40])
def test_a_cut_attachment_is_read_as_far_as_it_goes(lost: int) -> None:
    tables = []
    unread = []
    for part in open_source(bytes_source("a.eml", LETTER[:-lost])):
        if isinstance(part, Unread):
            unread.append(part.reason)
        elif isinstance(part, Table) and part.name == "a.csv":
            tables.append(part.header)
            list(part.chunks)
    assert tables == [("name", "phone")]
    assert "damaged" in unread

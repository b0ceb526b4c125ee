"""Schedules: each text read back by its own scheduler's rules, with paths that hold blanks, quotes, per cents and dollars."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.schedule import ENCODINGS, KINDS, unit

AT = time(2, 17)
POSIX = [
    "/opt/leak gauge/bin/leakgauge", "nightly", "/srv/导出 2026", "--config", "/etc/leak gauge/100%.toml", "it's", 'say "hi"',
    "$HOME", "a\\b", "", ";", "%h", "*", "x=1",
]  # fmt: skip
WINDOWS = [
    "C:\\Program Files\\leakgauge\\leakgauge.exe",
    "nightly",
    "D:\\导出 2026\\",
    "a&b<c>",
    'say "hi"',
    "",
    "100%",
    "\\\\nas\\share\\",
]
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)


def sections(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def systemd_words(line: str) -> list[str]:
    """A command line as systemd splits it: quotes group, backslashes escape, then specifiers and variables are put in."""
    words, current, quote, i = [], None, "", 0
    while i < len(line):
        c = line[i]
        if c == "\\":
            current, i = (current or "") + line[i + 1], i + 2
            continue
        if quote:
            current, quote = (current, "") if c == quote else ((current or "") + c, quote)
        elif c in "\"'":
            current, quote = current or "", c
        elif c == " ":
            words, current = words + ([current] if current is not None else []), None
        else:
            current = (current or "") + c
        i += 1
    words += [current] if current is not None else []
    assert not quote
    for word in words:
        assert not re.search(r"(?<!%)(?:%%)*%(?!%)", word), "a specifier"
    return [word.replace("%%", "%") for word in words]


def undollared(words: Sequence[str]) -> list[str]:
    for word in words[1:]:
        assert "$" not in word.replace("$$", ""), "a variable"
    return [words[0], *(word.replace("$$", "$") for word in words[1:])]


def windows_words(line: str) -> list[str]:
    """Arguments as a Windows program sees them (Microsoft C: parsing command-line arguments), after its own name."""
    words, i = [], 0
    while i < len(line):
        while i < len(line) and line[i] in " \t":
            i += 1
        if i == len(line):
            break
        word, quoted = "", False
        while i < len(line) and (quoted or line[i] not in " \t"):
            slashes = len(line[i:]) - len(line[i:].lstrip("\\"))
            i += slashes
            if i < len(line) and line[i] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word += '"'
                else:
                    quoted = not quoted
                i += 1
            else:
                word += "\\" * slashes
                if slashes == 0:
                    word, i = word + line[i], i + 1
        words.append(word)
    return words


def test_the_service_in_its_parts() -> None:
    text = unit(
        "systemd-service", POSIX, AT, user="scan", writable=["/var/lib/node exporter", "/srv/ledger"], environment="/etc/a b.env"
    )
    parser = sections(text)
    service = dict(parser["Service"])
    assert undollared(systemd_words(service.pop("ExecStart"))) == POSIX
    assert systemd_words(service.pop("ReadWritePaths")) == ["/var/lib/node exporter", "/srv/ledger"]
    assert {"3", "10", "11", "12", "13"} == set(service.pop("SuccessExitStatus").split())
    expected = {
        "Type": "oneshot", "User": "scan", "EnvironmentFile": "/etc/a b.env", "Nice": "10", "IOSchedulingClass": "idle",
        "NoNewPrivileges": "true", "ProtectSystem": "strict", "ProtectHome": "read-only", "PrivateTmp": "true", "UMask": "0077",
        "StateDirectory": "leakgauge",
    }  # fmt: skip
    assert expected.items() <= service.items()
    bare = sections(unit("systemd-service", ["/bin/true"], AT))["Service"]
    assert not {"User", "EnvironmentFile", "ReadWritePaths"} & set(bare)


def test_the_timer() -> None:
    parser = sections(unit("systemd-timer", ["/bin/true"], time(23, 5, 9)))
    assert parser["Timer"]["OnCalendar"] == "*-*-* 23:05:09"
    assert parser["Timer"]["Persistent"] == "true"
    assert parser["Install"]["WantedBy"] == "timers.target"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_both(tmp_path: Path) -> None:
    program = tmp_path / "leak gauge 100%"
    program.symlink_to(Path(sys.executable).resolve())
    command = [str(program), *POSIX[1:]]
    service, timer = tmp_path / "leakgauge.service", tmp_path / "leakgauge.timer"
    text = unit("systemd-service", command, AT, user="root", writable=[str(tmp_path), "/srv/a b"], environment="/etc/a b.env")
    service.write_text(text, "utf-8")
    timer.write_text(unit("systemd-timer", command, AT), "utf-8")
    for file in (service, timer):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "leakgauge" in line]
        assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_would_notice(tmp_path: Path) -> None:
    """The check above is not blind."""
    broken = tmp_path / "leakgauge.service"
    broken.write_text(unit("systemd-service", ["/nowhere/at all"], AT).replace("Type=oneshot", "Type=onesht"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(broken)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "onesht" in done.stderr


def test_the_cron_lines() -> None:
    lines = unit("cron", ["leakgauge", "nightly", "/srv/a b"], AT, mailto="ops@corp.example").splitlines()
    assert lines == [
        'MAILTO="ops@corp.example"',
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "17 2 * * * nice -n 10 leakgauge nightly '/srv/a b'",
    ]
    named = unit("cron", ["leakgauge"], AT, user="scan", mailto="")
    assert named.splitlines()[0] == 'MAILTO=""'
    assert named.splitlines()[2] == "17 2 * * * scan nice -n 10 leakgauge"
    assert named.endswith("\n")


def cron_words(text: str) -> list[str]:
    """What the shell is given: after the five fields, up to a % that is not escaped, `\\%` as %."""
    line = text.splitlines()[2].split(" ", 5)[5]
    assert not re.search(r"(?<!\\)%", line), "cron would end the command there"
    return shlex.split(line.replace("\\%", "%"))[3:]


def test_cron_per_cents_and_quotes() -> None:
    assert cron_words(unit("cron", POSIX, AT)) == POSIX


@pytest.mark.skipif(os.name != "posix", reason="needs sh")
def test_the_shell_agrees() -> None:
    command = [sys.executable, "-c", "import sys; print('\\0'.join(sys.argv[1:]), end='')", *POSIX[1:]]
    line = unit("cron", command, AT).splitlines()[2].split(" ", 5)[5].replace("\\%", "%")
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode().split("\0") == POSIX[1:]


def test_the_windows_task() -> None:
    text = unit("windows", WINDOWS, AT, user="CORP\\scan & co")
    stored = text.encode(ENCODINGS["windows"])
    assert stored[:2] in (b"\xff\xfe", b"\xfe\xff")
    task = ElementTree.fromstring(stored)
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.tag == f"{{{space['t']}}}Task"
    assert all(element.tag.startswith(f"{{{space['t']}}}") for element in task.iter())

    def said(path: str) -> str | None:
        return task.findtext(path, namespaces=space)

    assert said("t:Actions/t:Exec/t:Command") == WINDOWS[0]
    assert windows_words(said("t:Actions/t:Exec/t:Arguments") or "") == WINDOWS[1:]
    assert said("t:Triggers/t:CalendarTrigger/t:StartBoundary") == "2025-01-01T02:17:00"
    assert said("t:Triggers/t:CalendarTrigger/t:ScheduleByDay/t:DaysInterval") == "1"
    assert said("t:Principals/t:Principal/t:UserId") == "CORP\\scan & co"
    assert said("t:Principals/t:Principal/t:RunLevel") == "LeastPrivilege"
    assert said("t:Settings/t:MultipleInstancesPolicy") == "IgnoreNew"
    assert said("t:Settings/t:StartWhenAvailable") == "true"
    actions = task.find("t:Actions", space)
    principal = task.find("t:Principals/t:Principal", space)
    assert actions is not None
    assert principal is not None
    assert actions.get("Context") == principal.get("id")
    # in the order that the schema's sequence has (triggerBaseType, then calendarTriggerType)
    trigger = task.find("t:Triggers/t:CalendarTrigger", space)
    assert trigger is not None
    assert [child.tag.rpartition("}")[2] for child in trigger] == ["Enabled", "StartBoundary", "ScheduleByDay"]


@given(st.lists(WORDS, max_size=5))
def test_any_words_come_back(words: list[str]) -> None:
    command = ["/bin/p", *words]
    assert undollared(systemd_words(sections(unit("systemd-service", command, AT))["Service"]["ExecStart"])) == command
    assert cron_words(unit("cron", command, AT)) == command
    if not any(re.search(r"%[^%]+%|\$\(Arg", word) for word in words):
        task = ElementTree.fromstring(unit("windows", ["C:\\p.exe", *words], AT).encode("utf-16"))
        line = next((e.text or "" for e in task.iter() if e.tag.endswith("}Arguments")), "")
        assert windows_words(line) == words


REFUSED = [
    ("cron", [], {}, "needs a command"),
    ("cron", ["a\nb"], {}, "control character"),
    ("cron", ["a"], {"mailto": "a\nb"}, "control character"),
    ("cron", ["a"], {"user": "a b"}, "user name"),
    ("systemd-service", ["leakgauge"], {}, "full path"),
    ("systemd-service", ["/a"], {"writable": ["b"]}, "full path"),
    ("systemd-service", ["/a$b"], {}, "a \\$"),
    ("systemd-service", ["/a"], {"user": "a b"}, "user name"),
    ("windows", ["leakgauge.exe"], {}, "full path"),
    ("windows", ["C:\\a.exe", "%PATH%"], {}, "would replace"),
    ("windows", ["C:\\a.exe", "$(Arg0)"], {}, "would replace"),
]


@pytest.mark.parametrize(("kind", "command", "more", "sentence"), REFUSED)
def test_what_cannot_be_written_is_refused(kind: str, command: list[str], more: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        unit(kind, command, AT, **more)  # type: ignore[arg-type]


def test_every_kind_has_an_encoding() -> None:
    assert set(KINDS) == set(ENCODINGS)

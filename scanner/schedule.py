"""Running every night: the texts that systemd, cron and the Windows Task Scheduler want, for one command and one time of day.

systemd.service(5) "Command lines", systemd.timer(5); crontab(5), which turns an unescaped % into a line break; Task Scheduler
schema, https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from datetime import time
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal
from xml.etree import ElementTree

from scanner.errors import UsageError

Kind = Literal["systemd-service", "systemd-timer", "cron", "windows"]
KINDS: tuple[Kind, ...] = ("systemd-service", "systemd-timer", "cron", "windows")

# How each text must be stored. schtasks takes the declared encoding at its word, and its own exports are UTF-16 with a mark.
ENCODINGS: dict[Kind, str] = {"systemd-service": "utf-8", "systemd-timer": "utf-8", "cron": "utf-8", "windows": "utf-16"}

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_TITLE = "leakgauge: nightly scan of exports for personal information"

# The run has ended: 3 something unread, 10 to 13 how far what was found goes. Alerts and metrics tell it; a unit that has "failed"
# would say that the scan did not take place.
_ENDED = "3 10 11 12 13"


def unit(
    kind: Kind,
    command: Sequence[str],
    at: time,
    *,
    user: str | None = None,
    writable: Sequence[str] = (),
    environment: str | None = None,
    mailto: str = "root",
    path: str = "/usr/local/bin:/usr/bin:/bin",
) -> str:
    """The text for one scheduler.

    command      the program by its full path (cron: or by a name on `path`), and its arguments, as they are
    user         whose rights the job has. cron: with it the line has the column of /etc/cron.d, without it that of `crontab -e`
    writable     systemd: what the job may write besides /var/lib/leakgauge: the ledger's folder, that of the metrics
    environment  systemd: a file of NAME=value lines, for the secrets that the configuration names
    mailto, path cron: who gets what the job prints ("": nobody), and where programs are looked for

    Raises UsageError: no such word can be written for this scheduler.
    """
    if not command or not command[0]:
        raise UsageError("a schedule needs a command")
    for word in (*command, *writable, user or "", environment or "", mailto, path):
        if re.search(r"[\x00-\x1f\x7f]", word):
            raise UsageError("a schedule cannot hold a line break or another control character")
    if kind == "systemd-service":
        return _service(command, user, writable, environment)
    if kind == "systemd-timer":
        return _timer(at)
    if kind == "cron":
        return _cron(command, at, user, mailto, path)
    return _windows(command, at, user)


def _service(command: Sequence[str], user: str | None, writable: Sequence[str], environment: str | None) -> str:
    """A service that is told nothing but to run, and may write nowhere but where it must."""
    for place in (command[0], *writable, *([environment] if environment else [])):
        if not PurePosixPath(place).is_absolute():
            raise UsageError(f"systemd needs a full path, not {place}")
    if "$" in command[0]:
        raise UsageError("systemd cannot start a program whose path has a $")
    if user is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*\$?", user):
        raise UsageError("the user of a systemd service is a user name")
    optional = [f"User={user}"] if user else []
    optional += [f"EnvironmentFile={_specifiers(environment)}"] if environment else []
    optional += ["ReadWritePaths=" + " ".join(_quoted(place) for place in writable)] if writable else []
    lines = [
        "[Unit]",
        f"Description={_TITLE}",
        "After=network-online.target remote-fs.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        "ExecStart=" + " ".join([_quoted(command[0]), *(_quoted(word).replace("$", "$$") for word in command[1:])]),
        f"SuccessExitStatus={_ENDED}",
        *optional,
        "Nice=10",
        "IOSchedulingClass=idle",
        "UMask=0077",
        "StateDirectory=leakgauge",
        "StateDirectoryMode=0700",
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        "PrivateTmp=true",
        "PrivateDevices=true",
        "ProtectClock=true",
        "ProtectControlGroups=true",
        "ProtectHostname=true",
        "ProtectKernelLogs=true",
        "ProtectKernelModules=true",
        "ProtectKernelTunables=true",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "RestrictNamespaces=true",
        "RestrictRealtime=true",
        "RestrictSUIDSGID=true",
        "LockPersonality=true",
        "SystemCallArchitectures=native",
    ]
    return "\n".join(lines) + "\n"


def _timer(at: time) -> str:
    """Every day at this time; a night that was slept through is made up for."""
    lines = [
        "[Unit]",
        f"Description={_TITLE}",
        "",
        "[Timer]",
        f"OnCalendar=*-*-* {at:%H:%M:%S}",
        "RandomizedDelaySec=5min",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _specifiers(word: str) -> str:
    return word.replace("%", "%%")


def _quoted(word: str) -> str:
    """One word of a systemd list: in double quotes with backslash escapes; a % would begin a specifier."""
    escaped = _specifiers(word).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if re.fullmatch(r"[A-Za-z0-9_./=:,@+%-]+", escaped) else f'"{escaped}"'


def _cron(command: Sequence[str], at: time, user: str | None, mailto: str, path: str) -> str:
    """Three lines. No lock: the ledger keeps two runs apart."""
    if user is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*\$?", user):
        raise UsageError("the user of a cron line is a user name")
    line = shlex.join(["nice", "-n", "10", *command]).replace("%", "\\%")
    when = f"{at.minute} {at.hour} * * *"
    return f'MAILTO="{mailto}"\nPATH={path}\n{" ".join([when, *([user] if user else []), line])}\n'


def _windows(command: Sequence[str], at: time, user: str | None) -> str:
    """A task that runs whether or not someone is logged on, and later if the machine was off."""
    if not PureWindowsPath(command[0]).is_absolute():
        raise UsageError(f"the Task Scheduler needs a full path, not {command[0]}")
    for word in command:
        if re.search(r"%[^%]+%|\$\(Arg", word):
            raise UsageError(f"the Task Scheduler would replace a part of {word}")
    task = ElementTree.Element("Task", version="1.2", xmlns=_NAMESPACE)
    _add(_add(task, "RegistrationInfo"), "Description", _TITLE)
    trigger = _add(_add(task, "Triggers"), "CalendarTrigger")
    _add(trigger, "Enabled", "true")
    _add(trigger, "StartBoundary", f"2025-01-01T{at:%H:%M:%S}")  # a day that has passed: from now on
    _add(_add(trigger, "ScheduleByDay"), "DaysInterval", "1")
    principal = _add(_add(task, "Principals"), "Principal")
    principal.set("id", "Author")
    if user:
        _add(principal, "UserId", user)
        _add(principal, "LogonType", "Password")  # registered with /RP; S4U would not reach network shares
    _add(principal, "RunLevel", "LeastPrivilege")
    settings = _add(task, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("StartWhenAvailable", "true"),
        ("ExecutionTimeLimit", "PT0S"),  # none
        ("Priority", "7"),  # below normal
    ):
        _add(settings, name, value)
    actions = _add(task, "Actions")
    actions.set("Context", "Author")
    action = _add(actions, "Exec")
    _add(action, "Command", command[0])
    if command[1:]:
        _add(action, "Arguments", subprocess.list2cmdline(command[1:]))
    ElementTree.indent(task)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ElementTree.tostring(task, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child

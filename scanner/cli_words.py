"""Options that several commands have, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from scanner.config import Lang
from scanner.law.model import Act

Insider = Annotated[bool, typer.Option("--insider/--outsider", help="Obtained on duty or in providing a service: half the limits.")]
ActDone = Annotated[Act, typer.Option(help="What is done with the data.")]
Recipients = Annotated[int, typer.Option(min=1, help="How many units or persons receive the same data.")]
Gains = Annotated[int, typer.Option(min=0, metavar="YUAN", help="Unlawful gains.")]
Purpose = Annotated[Literal["business"] | None, typer.Option(help="Bought or received for lawful business (Art. 6).")]
LawDay = Annotated[str | None, typer.Option(metavar="DATE", help="Day whose law applies, as 2026-01-31; today.")]
Policies = Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A company's own classes; may be given several times.")]
SettingsFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Settings; leakgauge.toml of the current folder.")]
PasswordFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Passwords to try on what is locked, one a line.")]
Language = Annotated[Lang | None, typer.Option(help="Language; from the locale.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.")]

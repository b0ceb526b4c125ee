"""The words of the terminal report, one table per language.

None of them may say of a file that it is safe or legal (安全、合法): below the criminal line, provision is still punishable.
"""

from __future__ import annotations

from scanner.config import Lang
from scanner.reports.messages_en import EN
from scanner.reports.messages_zh import ZH

MESSAGES: dict[Lang, dict[str, str]] = {"zh": ZH, "en": EN}


def say(lang: Lang, key: str, **values: object) -> str:
    """The message of this key; whole numbers in `values` are written with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return MESSAGES[lang][key].format(**shown)

"""The words of the terminal report, one table per language, and how numbers are written.

None of them may say of a file that it is safe or legal (安全、合法): below the criminal line, provision is still punishable.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from scanner.config import Lang
from scanner.reports.messages_en import EN
from scanner.reports.messages_zh import ZH

MESSAGES: dict[Lang, dict[str, str]] = {"zh": ZH, "en": EN}


def say(lang: Lang, key: str, **values: object) -> str:
    """The message of this key; whole numbers in `values` are written with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return MESSAGES[lang][key].format(**shown)


def times(ratio: float) -> str:
    """A ratio to the line, cut off and never rounded up: what is shown as 1 has reached it.

    >>> times(4.8), times(0.48), times(0.9996), times(12.0), times(0.0)
    ('4.8', '0.48', '0.99', '12', '0')
    """
    exact = Decimal(repr(float(ratio)))
    if exact and exact < Decimal("0.001"):
        return "<0.001"
    step = "1" if exact >= 100 else "0.01" if exact >= Decimal("0.01") else "0.001"
    text = f"{exact.quantize(Decimal(step), ROUND_DOWN):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

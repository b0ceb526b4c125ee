"""Words from a scanned file, and ratios, made fit to show: a header or a file name must not drive the reader's terminal."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_DOWN, Decimal

# Cc control (ESC, the C1 range with its one-byte CSI), Cf format (bidi marks, zero-width, tags), Cs lone surrogates of file
# names that are not UTF-8, Zl and Zp line separators, Co private use. Unicode Technical Report 36, §2.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co"})
_SUSPECT = re.compile(r"[^\x20-\x7e\u4e00-\u9fff\u3000-\u303f\uff01-\uff60]")
_BLANKS = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_LONG_DIGITS = re.compile(r"[0-9\uff10-\uff19]{9,}")
# Only from where a run of such characters begins and without giving any back, or a long title takes time by its square.
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]++(?=@[\w-]+\.)")

# What JSON may hold as it is but a terminal or an editor would obey.
_JSON_UNFIT = re.compile(r"[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str, limit: int = 0) -> str:
    """One line without control, format and bidi characters, those written as `\\x1b`; at most `limit` characters, 0: all."""
    line = _SUSPECT.sub(_escape, _BLANKS.sub(" ", text)).strip()
    return line if not limit or len(line) <= limit else line[: limit - 1] + "…"


def title(text: str) -> str:
    """A column title as it may be shown. A title that holds a value (a table whose first row is data) shows it masked."""
    text = _LONG_DIGITS.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 5) + found[0][-2:], text)
    return _MAILBOX.sub(lambda found: found[0][0] + "***", text)


def json_fit(text: str) -> str:
    """JSON text with the characters escaped that a terminal would obey. They stand only inside strings, so it stays JSON."""
    return _JSON_UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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

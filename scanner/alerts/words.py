"""An alert in words: the parts every channel shows, and the sentences of what failed, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.alerts.model import SEVERITIES, Alert, Severity
from scanner.config import Lang
from scanner.errors import LeakgaugeError
from scanner.law.pages import fixed_sentences
from scanner.plain import times

ZH = {
    "one": "leakgauge 红线尺：{title}",
    "many": "leakgauge 红线尺：{total} 项告警（{split}）",
    "split": "{severity} {count} 项",
    "between": "，",
    "block": "[{severity}] {title}",
    "info": "提示",
    "warning": "警告",
    "critical": "严重",
    "path": "文件：{value}",
    "root": "目录：{value}",
    "owner": "导出人：{value}",
    "persons": "人数：{value:,}",
    "ratios": "相当于入罪标准的倍数：从严 {strict}，通行 {prevailing}，从宽 {lenient}",
    "when": "时间：{value}",
    "id": "编号：{value}",
    "more": "另有 {count} 项未逐一列出。",
    # what failed
    "unreachable": "无法连接 {host}",
    "slow": "{host} 未在 {seconds} 秒内应答",
    "untrusted": "{host} 的 TLS 证书未被接受，或加密连接未能建立",
    "status": "{host} 应答 HTTP {code}",
    "rejected": "{host} 拒收，错误码 {code}",
    "answer": "{host} 的应答无法识别",
    "login": "{host} 拒绝登录",
    "no_tls": "{host} 不支持 STARTTLS",
    "mail": "{host} 拒收邮件，应答码 {code}",
    "recipients": "{host} 拒绝了 {count} 个收件人中的 {refused} 个，其余已送达",
    "unexpected": "通道出现意外错误（{name}）",
}

EN = {
    "one": "leakgauge: {title}",
    "many": "leakgauge: {total} alerts ({split})",
    "split": "{count} {severity}",
    "between": ", ",
    "block": "[{severity}] {title}",
    "info": "info",
    "warning": "warning",
    "critical": "critical",
    "path": "File: {value}",
    "root": "Folder: {value}",
    "owner": "Owner: {value}",
    "persons": "Persons: {value:,}",
    "ratios": "Times the criminal line: strict {strict}, prevailing {prevailing}, lenient {lenient}",
    "when": "Time: {value}",
    "id": "Number: {value}",
    "more": "{count} more, not listed one by one.",
    # what failed
    "unreachable": "{host} could not be reached",
    "slow": "{host} did not answer within {seconds} seconds",
    "untrusted": "the TLS certificate of {host} was not accepted, or the encrypted connection failed",
    "status": "{host} answered HTTP {code}",
    "rejected": "{host} refused the message with error code {code}",
    "answer": "{host} answered in an unknown form",
    "login": "{host} refused the login",
    "no_tls": "{host} does not offer STARTTLS",
    "mail": "{host} refused the mail with code {code}",
    "recipients": "{host} refused {refused} of {count} recipients; the others were served",
    "unexpected": "the channel failed in an unexpected way ({name})",
}

WORDS: dict[Lang, dict[str, str]] = {"zh": ZH, "en": EN}

# So that one alert, whatever its file is called, always fits the smallest message (企业微信: 4,096 bytes).
_TITLE, _PATH, _OWNER, _LINE, _LINES = 80, 160, 60, 120, 4


class ChannelError(LeakgaugeError):
    """Why a message was not delivered. Names the channel's host only: addresses of robots hold their key.

    again   trying once more may help; after: seconds the receiver asked to wait
    partly  the message was taken, though not for everyone; it must not be sent again
    """

    def __init__(
        self, word: str, *, again: bool = False, after: float | None = None, partly: bool = False, **values: object
    ) -> None:
        super().__init__(EN[word].format(**values))
        self.zh, self.en = ZH[word].format(**values), EN[word].format(**values)
        self.again, self.after, self.partly = again, after, partly


@dataclass(frozen=True, slots=True)
class Block:
    """One alert for people: a heading and its facts, a line each."""

    heading: str
    facts: tuple[str, ...]


def say(lang: Lang, word: str, **values: Any) -> str:
    return WORDS[lang][word].format(**values)


def headline(alerts: Sequence[Alert], lang: Lang) -> str:
    """The subject of a message: the alert's own title, or how many there are of which severity."""
    if len(alerts) == 1:
        return say(lang, "one", title=_title(alerts[0], lang))
    counts: list[tuple[Severity, int]] = [(s, sum(a.severity == s for a in alerts)) for s in reversed(SEVERITIES)]
    split = say(lang, "between").join(say(lang, "split", severity=say(lang, s), count=n) for s, n in counts if n)
    return say(lang, "many", total=len(alerts), split=split)


def block(alert: Alert, lang: Lang) -> Block:
    """The alert's facts, each cut to a length that people read."""
    facts = []
    if alert.path:
        facts.append(say(lang, "path", value=_tail(alert.path, _PATH)))
    if alert.root:
        facts.append(say(lang, "root", value=_tail(alert.root, _PATH)))
    if alert.owner:
        facts.append(say(lang, "owner", value=_front(alert.owner, _OWNER)))
    if alert.persons is not None:
        facts.append(say(lang, "persons", value=alert.persons))
    if alert.ratios:
        strict, prevailing, lenient = (times(x) for x in (alert.ratios.strict, alert.ratios.prevailing, alert.ratios.lenient))
        facts.append(say(lang, "ratios", strict=strict, prevailing=prevailing, lenient=lenient))
    facts += [_front(line, _LINE) for line in lines(alert, lang)[:_LINES]]
    facts.append(say(lang, "when", value=alert.when.isoformat(sep=" ", timespec="minutes")))
    facts.append(say(lang, "id", value=alert.id[:8]))
    return Block(say(lang, "block", severity=say(lang, alert.severity), title=_title(alert, lang)), tuple(facts))


def lines(alert: Alert, lang: Lang) -> tuple[str, ...]:
    return alert.lines_zh if lang == "zh" else alert.lines_en


def _title(alert: Alert, lang: Lang) -> str:
    return _front(alert.title_zh if lang == "zh" else alert.title_en, _TITLE)


def _front(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _tail(text: str, limit: int) -> str:
    """The end of a path says most."""
    return text if len(text) <= limit else "…" + text[1 - limit :]


def fitting(head: str, blocks: Sequence[str], total: int, lang: Lang, fits: Callable[[str], bool], between: str = "\n\n") -> str:
    """The head, as many blocks as fit, how many of `total` are not shown, and what every report must say as well."""
    foot = "".join(fixed_sentences(lang)[:2]) if lang == "zh" else " ".join(fixed_sentences(lang)[:2])
    for count in range(len(blocks), -1, -1):
        left = total - count
        rest = [say(lang, "more", count=left)] if left else []
        text = between.join([head, *blocks[:count], *rest, foot])
        if fits(text):
            break
    return text

"""`leakgauge explain`: the page of a kind, a category, a disputed parameter or an article."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from textwrap import dedent

import detectors
from detectors.base.detector import Detector
from detectors.base.matches import Evidence, Identity
from scanner.config import Lang
from scanner.errors import UsageError
from scanner.law import pages
from scanner.law.loader import load_instruments
from scanner.plain import plain
from scanner.plugins import plugins
from scanner.reports.messages import say

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "kinds": "字段类型",
        "categories": "信息类别",
        "parameters": "争议参数",
        "instruments": "法律文件",
        "articles": "条款按引用形式查询，如：leakgauge explain 第五条第一款第四项",
        "alone": "单独出现即认定",
        "together": "无表头的整列即认定",
        "labelled": "有表头时认定",
        "headers": "表头",
        "weak": "弱表头（由值决定）",
        "identity": "识别力",
        "never": "不单独认定",
        "share": "占比",
        "identity_none": "不能识别个人",
        "identity_linking": "与姓名相结合方能识别（如住址、生日、车牌）",
        "identity_weak": "弱（如姓名）",
        "identity_personal": "可识别（如手机号、账号）",
        "identity_unique": "唯一（如身份证号）",
        "colon": "：",
    },
    "en": {
        "kinds": "Kinds",
        "categories": "Categories of information",
        "parameters": "Disputed parameters",
        "instruments": "Instruments",
        "articles": "Articles are asked for as they are cited: leakgauge explain 第五条第一款第四项",
        "alone": "accepted alone with",
        "together": "accepted as a column without a title with",
        "labelled": "accepted under a title with",
        "headers": "titles",
        "weak": "weak titles (values decide)",
        "identity": "singles out a person",
        "never": "never",
        "share": "share of cells",
        "identity_none": "no",
        "identity_linking": "together with a name, as a home address does",
        "identity_weak": "weakly, as a name does",
        "identity_personal": "as a phone number or an account does",
        "identity_unique": "uniquely, as an identity number does",
        "colon": ": ",
    },
}
HEADERS_SHOWN = 40


def run(name: str | None, lang: Lang) -> int:
    """Print the page, or the list of pages. Raises UsageError for a name that has none."""
    if name is None:
        for line in _index(lang):
            print(line)
        return 0
    found = [*_kind_pages(name, lang), *_law_pages(name, lang)]
    if not found:
        near = difflib.get_close_matches(name.lower(), [*(d.kind for d in _detectors()), *pages.names()], n=3)
        hint = f"; near it: {', '.join(near)}" if near else "; `leakgauge explain` lists all names"
        raise UsageError(f"nothing is called {plain(name)}{hint}")
    print("\n\n".join(page.rstrip() for page in found))
    return 0


def _detectors() -> tuple[Detector, ...]:
    return (*detectors.DETECTORS, *plugins())


def _index(lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    law = load_instruments()
    entries = {
        "kinds": [(d.kind, d.title_zh, d.title_en) for d in _detectors()],
        "categories": [(c.id, c.zh, c.en) for c in law.categories],
        "parameters": [(p.id, p.zh, p.en) for p in law.parameters.values()],
        "instruments": [(i.id, i.zh, i.en) for i in law.instruments.values()],
    }
    for key, lines in entries.items():
        yield words[key] + words["colon"].rstrip()
        for id, zh, en in lines:
            yield f"  {id:<28} {zh if lang == 'zh' else en}"
    yield words["articles"]


def _kind_pages(name: str, lang: Lang) -> Iterator[str]:
    asked = name.lower()
    for d in _detectors():
        if asked in (d.kind, d.title_zh.lower(), d.title_en.lower()):
            yield _kind_page(d, lang)


def _kind_page(d: Detector, lang: Lang) -> str:
    words, colon = _WORDS[lang], _WORDS[lang]["colon"]
    lines = [f"{d.kind}{colon}{d.title_zh} / {d.title_en}", ""]
    for key in ("alone", "together", "labelled"):
        share = f" [{words['share']} ≥ {d.quorum:.0%}]" if key == "together" and d.together is not None else ""
        lines.append(f"  {words[key]}{colon}{_evidence(getattr(d, key), lang)}{share}")
    lines.append(f"  {words['identity']}{colon}{words[f'identity_{Identity(d.identity).name.lower()}']}")
    for key, titles in (("headers", d.headers.strong), ("weak", d.headers.weak)):
        if titles:
            shown = sorted(titles)[:HEADERS_SHOWN]
            between = "、" if lang == "zh" else ", "
            lines.append(f"  {words[key]}{colon}{between.join(shown)}{' …' if len(titles) > len(shown) else ''}")
    return "\n".join(lines + _docstring(d))


def _docstring(d: Detector) -> list[str]:
    """The detector's module describes the kind, unless it is one of many of a catalogue."""
    module = sys.modules.get(getattr(d.find, "__module__", ""))
    if module is None or module.__name__ in ("functools", "detectors.fields") or not module.__doc__:
        return []
    return ["", dedent(module.__doc__).strip()]


def _evidence(needed: Evidence | tuple[Evidence, ...] | None, lang: Lang) -> str:
    """Sets of evidence of which one suffices."""
    if needed is None:
        return _WORDS[lang]["never"]
    choices = needed if isinstance(needed, tuple) else (needed,)
    return " | ".join(" + ".join(say(lang, f"evidence_{name}") for name in choice.names()) for choice in choices)


def _law_pages(name: str, lang: Lang) -> Iterator[str]:
    try:
        yield pages.page(name, lang)
    except UsageError:  # it may be a kind alone
        return

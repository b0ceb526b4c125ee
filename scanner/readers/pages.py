"""The page of each format, from `formats.toml`, and the documentation made of all of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from scanner.limits import Limits
from scanner.model import REASONS
from scanner.readers import READERS

Lang = Literal["zh", "en"]
Words = Mapping[Lang, str]
FURTHER = {"note": {"zh": "说明", "en": "note"}, "hidden": {"zh": "隐藏", "en": "hidden"}}
_REASONS_ZH = {
    "missing": "不存在",
    "permission": "无权读取",
    "encoding": "编码不明",
    "damaged": "损坏",
    "password": "有密码",
    "format": "不支持",
    "too_large": "过大",
    "too_deep": "嵌套过深",
    "not_a_file": "不是文件",
    "changed": "读取时有变",
    "error": "无法读取",
}
_HEADS: Mapping[Lang, tuple[str, ...]] = {
    "en": (
        "Formats",
        "Made from `scanner/readers/formats.toml` and checked by a test; `python tests/test_formats.py` writes it anew. "
        "The content decides what a file is, its suffix only breaks ties; a name that promises another format gets a note. "
        "Whatever was not read is in the report with a reason, and is never taken for empty.",
        "suffixes",
        "told by",
        "read",
        "not read",
        "the report says",
        "Known formats without a reader",
        "They are reported as `format`, and so is every other binary file:",
        "Bounds",
        "A bound that is reached is named in the report. They are set in `[limits]` of `leakgauge.toml`:",
    ),
    "zh": (
        "文件格式",
        "由 `scanner/readers/formats.toml` 生成，并由测试核对；`python tests/test_formats.py` 重新生成。"
        "文件是什么由内容决定，后缀只在难分时起作用；名不副实的文件另有说明。"
        "凡未读取的，报告中都写明原因，绝不当作空文件。",
        "后缀",
        "识别依据",
        "读取",
        "不读取",
        "报告用语",
        "已知但不读取的格式",
        "报告为 `format`，其他二进制文件亦同：",
        "上限",
        "达到上限时报告写明是哪一个。在 `leakgauge.toml` 的 `[limits]` 中设置：",
    ),
}
_BOUNDS: Mapping[str, Words] = {
    "depth": {"zh": "压缩包层数", "en": "containers within containers"},
    "members": {"zh": "一个文件内（含嵌套）的文件数", "en": "files in one file with all that is nested in it"},
    "archive_bytes": {"zh": "一个压缩包解出的字节", "en": "bytes unpacked from one container"},
    "total_bytes": {"zh": "一个文件（含嵌套）解出的字节", "en": "bytes unpacked from one file with all that is nested in it"},
    "ratio": {"zh": "每个压缩字节解出的字节，64 MB 起", "en": "unpacked bytes per packed byte, from 64 MB on"},
    "cell_bytes": {"zh": "一个单元格的字节", "en": "bytes of one cell"},
}


@dataclass(frozen=True, slots=True)
class Page:
    """What one format's reader does, in both languages. says: the words of the report with what they mean there."""

    title: Words
    told: Words
    reads: Words
    not_read: Words
    says: tuple[tuple[str, Words], ...]


@lru_cache(maxsize=1)
def _facts() -> dict[str, Any]:
    return tomllib.loads(files("scanner.readers").joinpath("formats.toml").read_text("utf-8"))


def page(reader: str) -> Page:
    """The page of a reader. Raises KeyError where it has none, or one that lacks a part."""
    facts = _facts()[reader]
    says: tuple[tuple[str, Words], ...] = tuple((one["word"], {"zh": one["zh"], "en": one["en"]}) for one in facts["says"])
    return Page(facts["title"], facts["told"], facts["reads"], facts["not_read"], says)


def page_names() -> set[str]:
    """Names of all pages."""
    return set(_facts()) - {"other"}


def others() -> list[dict[str, str]]:
    """Formats that are known and have no reader: suffixes, zh, en."""
    found: list[dict[str, str]] = _facts()["other"]
    return found


def render(lang: Lang) -> str:
    """The document in one language, as Markdown."""
    return "\n".join(_lines(lang)) + "\n"


def word(reason: str, lang: Lang) -> str:
    """A reason, or another word of the report, for people."""
    if reason in FURTHER:
        return FURTHER[reason][lang]
    return _REASONS_ZH[reason] if lang == "zh" else REASONS[reason]


def _lines(lang: Lang) -> Iterator[str]:
    title, about, suffixes, told, read, not_read, says, without, named, bounds, reached = _HEADS[lang]
    colon, stop = ("：", "；") if lang == "zh" else (": ", "; ")
    yield from (f"# {title}", "", about)
    for reader in READERS:
        facts = page(reader.name)
        yield from ("", f"## {facts.title[lang][0].upper()}{facts.title[lang][1:]}", "")
        yield f"- **{suffixes}**{colon}{' '.join(f'`{ending}`' for ending in reader.suffixes)}"
        yield f"- **{told}**{colon}{facts.told[lang]}"
        yield f"- **{read}**{colon}{facts.reads[lang]}"
        yield f"- **{not_read}**{colon}{facts.not_read[lang]}"
        yield f"- **{says}**{colon}{stop.join(f'`{said}` {words[lang]}' for said, words in facts.says)}"
    yield from ("", f"## {without}", "", named, "")
    for other in others():
        yield f"- {other[lang]}{colon}{' '.join(f'`{ending}`' for ending in other['suffixes'].split())}"
    yield from ("", f"## {bounds}", "", reached, "")
    for name, value in Limits().model_dump().items():
        yield f"- `{name}`{colon}{_BOUNDS[name][lang]}{' (' if lang == 'en' else '（'}{value:,}{')' if lang == 'en' else '）'}"

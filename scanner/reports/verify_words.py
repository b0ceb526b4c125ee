"""What a verification says, in both languages: key → (Chinese, English)."""

from __future__ import annotations

from scanner.config import Lang
from scanner.reports.gaps import reason_word

WORDS: dict[str, tuple[str, str]] = {
    "intact": ("清单本身完整（SHA-256 {digest}）", "The manifest is intact (SHA-256 {digest})"),
    "altered": (
        "清单本身被改动：内容与其末行的 SHA-256 {digest} 不符",
        "The manifest was altered: its lines do not fit the SHA-256 {digest} in its last line",
    ),
    "head": (
        "相同 {same}，不同 {changed}，缺失 {missing}，新增 {added}，无法读取 {unreadable}",
        "{same} same, {changed} changed, {missing} missing, {added} added, {unreadable} unreadable",
    ),
    "list_changed": ("不同：", "Changed:"),
    "list_missing": ("缺失：", "Missing:"),
    "list_added": ("新增：", "Added:"),
    "list_unreadable": ("无法读取（当时或现在），不能判断：", "Unreadable, then or now; nothing can be said of them:"),
    "list_times": ("内容相同，修改时间不同：", "Same content, another time of the last change:"),
    "type": ("种类不同", "of another type"),
    "size": ("大小不同", "of another size"),
    "content": ("内容不同", "other content"),
    "target": ("链接指向不同", "the link leads elsewhere"),
}


def word(lang: Lang, key: str, **values: object) -> str:
    """The words of this key; whole numbers in `values` are written with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return WORDS[key][0 if lang == "zh" else 1].format(**shown)


def reason(lang: Lang, why: str) -> str:
    """Why something could not be read."""
    return reason_word(why, lang)

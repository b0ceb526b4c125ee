"""Every reader has its page, and the documents are made of them. `python tests/test_formats.py` writes the documents anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.limits import Limits
from scanner.model import REASONS, Unread
from scanner.readers import READERS, Reader, open_source, pages
from scanner.sources import bytes_source

DOCS = Path(__file__).parents[1] / "docs"
FILES: dict[pages.Lang, Path] = {"en": DOCS / "formats.md", "zh": DOCS / "formats.zh.md"}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_reader_has_its_page(reader: Reader) -> None:
    page = pages.page(reader.name)
    for words in (page.title, page.told, page.reads, page.not_read, *(said for _, said in page.says)):
        assert set(words) == {"zh", "en"}
        assert all(words.values())
        assert words["en"].isascii()
        assert words["zh"] != words["en"] or words is page.title
    assert page.says
    assert {word for word, _ in page.says} <= {*REASONS, *pages.FURTHER}


def test_no_page_without_a_reader() -> None:
    assert pages.page_names() == {reader.name for reader in READERS}


def test_every_reason_and_bound_has_words() -> None:
    for lang in FILES:
        assert all(pages.word(reason, lang) for reason in REASONS)
        assert all(f"`{name}`" in pages.render(lang) for name in Limits.model_fields)


@pytest.mark.parametrize("lang", FILES)
def test_the_documents_are_those_of_the_readers(lang: pages.Lang) -> None:
    text = FILES[lang].read_text("utf-8")
    assert text == pages.render(lang)
    assert all(f"`{ending}`" in text for reader in READERS for ending in reader.suffixes)


FIRST = {
    ".png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    ".jpg": b"\xff\xd8\xff\xe0" + bytes(50),
    ".mdb": b"\0\1\0\0Standard Jet DB\0" + bytes(50),
    ".accdb": b"\0\1\0\0Standard ACE DB\0" + bytes(50),
    ".pst": b"!BDN" + bytes(range(256)) * 4,
    ".exe": b"MZ\x90\0" + bytes(200),
}


@pytest.mark.parametrize("ending", FIRST)
def test_formats_without_a_reader_are_named(ending: str) -> None:
    assert any(ending in other["suffixes"].split() for other in pages.others())
    (unread,) = open_source(bytes_source(f"a{ending}", FIRST[ending]))
    assert isinstance(unread, Unread)
    assert unread.reason == "format"
    assert unread.detail


if __name__ == "__main__":
    for lang, path in FILES.items():
        path.write_text(pages.render(lang), "utf-8")

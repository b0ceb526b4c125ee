"""Tabs and line breaks within a cell of an OpenDocument sheet, which calamine drops: two telephone numbers would become one word.

Source of the elements: OpenDocument 1.3 part 3, 6.1.4 (text:tab) and 6.1.5 (text:line-break).
"""

from __future__ import annotations

import io
import re
import zipfile

from scanner.readers.members import BROKEN_PART

_BREAK = re.compile(rb"<text:(tab|line-break)\b[^<>]*+>(?:</text:(?:tab|line-break)>)?")
_PARTS = ("mimetype", "META-INF/manifest.xml")
_LARGEST = 1 << 30  # bytes of the sheets, unpacked


def with_breaks(content: bytes) -> bytes:
    """The sheets' XML with the characters that these elements stand for."""
    return _BREAK.sub(lambda found: b"\t" if found[1] == b"tab" else b"\n", content)


def package_with_breaks(data: bytes) -> bytes:
    """What calamine reads of a package, mended; the package itself where there is nothing to mend or it is no OpenDocument."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if "content.xml" not in package.NameToInfo or package.getinfo("content.xml").file_size > _LARGEST:
                return data
            content = package.read("content.xml")
            if not _BREAK.search(content):
                return data
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as mended:
                for part in _PARTS:
                    mended.writestr(part, package.read(part))
                mended.writestr("content.xml", with_breaks(content))
            return made.getvalue()
    except BROKEN_PART:
        return data

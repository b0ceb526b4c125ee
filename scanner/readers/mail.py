"""E-mail (EML, MHT, MBOX): senders and recipients, subject, text, attachments handed on.

Encoded words and parts are decoded by the standard library; Chinese programs say GB2312 and mean GB18030. Of a text that is
there twice, plain and as HTML, the HTML is read, and of the plain one what the HTML does not say. Encrypted parts are named as
locked.
"""

from __future__ import annotations

import binascii
import mimetypes
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import (
    CloseBoundaryNotFoundDefect,
    HeaderParseError,
    InvalidBase64LengthDefect,
    InvalidBase64PaddingDefect,
    MessageError,
    StartBoundaryNotFoundDefect,
)
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers import html_tables
from scanner.readers.encodings import detect
from scanner.readers.prose import clean, pairs, prose
from scanner.readers.row_tables import Names, titled_table
from scanner.sources import Source

SUFFIXES = (".eml", ".mht", ".mhtml", ".mbox", ".emlx")
_HEADER = re.compile(rb"(?:>?From [^\r\n]*\r?\n|\d+\s*\n)?(?:[A-Za-z][A-Za-z0-9\-]{0,70}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){2}")
_KNOWN = re.compile(
    rb"^(?:from|to|subject|received|message-id|mime-version|return-path|content-type|delivered-to|date):",
    re.IGNORECASE | re.MULTILINE,
)
_BETWEEN = re.compile(rb"(?:^|(?<=\n))From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n")  # RFC 4155
_PEOPLE = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "return-path",
    "delivered-to",
    "x-original-to",
    "disposition-notification-to",
)
_SHOWN = ("subject", "date", "comments", "keywords", "organization")
_DULL = ("content-", "mime-version", "dkim-", "arc-", "authentication-", "x-ms-exchange-")
_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "gb_2312-80": "gb18030", "big5": "cp950"}
_CUT = (CloseBoundaryNotFoundDefect, StartBoundaryNotFoundDefect, InvalidBase64LengthDefect, InvalidBase64PaddingDefect)
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_DEEPEST = 20
_UTF8 = b"\xef\xbb\xbf"


def claims(head: bytes, source: Source) -> bool:
    """Whether this begins with the header of a message."""
    if not _HEADER.match(head):
        return False
    top = re.split(rb"\r?\n\r?\n", head[:65536], maxsplit=1)[0]
    known = {name.lower() for name in _KNOWN.findall(top)}
    return len(known) > 2 or (len(known) > 1 and source.suffix in SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """The tables of the message, or of all messages of a mailbox, then their attachments."""
    data = source.read()
    messages = _messages(data)
    names = Names()
    for number, raw in enumerate(messages, 1):
        before = f"message {number}, " if len(messages) > 1 else ""
        try:
            message = message_from_bytes(raw)
            yield from _message(source, message, before, names, 0)
            if any(isinstance(defect, _CUT) for part in message.walk() for defect in part.defects):
                yield Unread(source.path, before.rstrip(", "), "damaged", "the message ends too early", len(raw))
        except RecursionError:
            yield Unread(source.path, before.rstrip(", "), "too_deep", "parts within parts")
        except (MessageError, ValueError, LookupError):  # the library's own on damage
            yield Unread(source.path, before.rstrip(", "), "damaged", "the message's structure is broken", len(raw))


def _messages(data: bytes) -> list[bytes]:
    """One message, or those of a mailbox. A count of bytes before a message (Apple Mail) is dropped."""
    if not data.startswith(b"From "):
        return [re.sub(rb"\A\d+\s*\n", b"", data, count=1)]
    ends = [match.span() for match in _BETWEEN.finditer(data)]
    starts = [end for _, end in ends] or [data.find(b"\n") + 1]
    stops = [start for start, _ in ends[1:]] + [len(data)]
    return [data[start:stop] for start, stop in zip(starts, stops, strict=True)]


def _message(source: Source, message: Message, before: str, names: Names, depth: int) -> Iterator[Table | Unread | Source]:
    yield from _headers(message, before, names)
    yield from _part(source, message, before, names, depth)


def _headers(message: Message, before: str, names: Names) -> Iterator[Table]:
    people: list[list[str]] = []
    shown: list[str] = []
    others: list[tuple[str, str]] = []
    for name, raw in message.raw_items():
        key = name.lower()
        if key in _PEOPLE:
            text = _eight_bit(str(raw))
            found = [[name, clean(_words(called)), clean(address)] for called, address in getaddresses([text]) if called or address]
            people += found or [[name, clean(_words(text)), ""]]  # what is no list of addresses is kept as it stands
        elif key in _SHOWN:
            shown.append(f"{name}: {_words(_eight_bit(str(raw)))}")
        elif not key.startswith(_DULL):
            others.append((name, _words(_eight_bit(str(raw)))))
    if people:
        yield titled_table(names(f"{before}people"), ("field", "name", "email"), people)
    yield from prose(names(f"{before}subject"), shown)
    yield from pairs(names(f"{before}other headers"), others, "headers that mail programs do not show")


def _eight_bit(text: str) -> str:
    """A header with bytes beyond ASCII, which the library keeps as halves of characters."""
    if text.isascii():
        return text
    return _decoded(text.encode("utf-8", "surrogateescape"), "")


def _words(text: str) -> str:
    """Encoded words (RFC 2047) as text."""
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text)
    except (HeaderParseError, binascii.Error, ValueError):
        return text
    return "".join(part if isinstance(part, str) else _decoded(part, charset or "") for part, charset in parts)


def _decoded(data: bytes, charset: str) -> str:
    """Text in the encoding that is stated; in the one that the content shows, where that is none or does not fit."""
    for name in (_CHINESE.get(charset.lower(), charset.lower()), "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    found = detect(data, whole=True)
    return data.decode(found.name if found else "gb18030", "replace")


def _part(source: Source, part: Message, before: str, names: Names, depth: int) -> Iterator[Table | Unread | Source]:
    if depth > _DEEPEST:
        yield Unread(source.path, before.rstrip(", "), "too_deep", f"more than {_DEEPEST} parts within parts")
        return
    kind = part.get_content_type()
    if kind == "multipart/encrypted" or (kind.endswith("pkcs7-mime") and "signed" not in str(part.get_param("smime-type", ""))):
        yield Unread(source.path, f"{before}encrypted part", "password", "an encrypted message")
        return
    if part.is_multipart():
        inside = [one for one in part.get_payload() if isinstance(one, Message)]
        if kind == "message/rfc822":
            for one in inside:
                yield from _message(source, one, names(f"{before}attached message") + ", ", names, depth + 1)
        elif kind == "multipart/alternative":
            yield from _alternatives(source, inside, before, names, depth)
        else:
            for one in inside:
                yield from _part(source, one, before, names, depth + 1)
        return
    name = _file_name(part)
    if kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment":
        text = _text(part)
        if kind == "text/html":
            yield from _page(source, text, before, names)
        else:
            yield from prose(names(f"{before}text"), [text])
        return
    data = _content(part)
    if data:
        yield source.child(before.replace(", ", "/") + (name or f"part{mimetypes.guess_extension(kind) or '.bin'}"), data)


def _alternatives(source: Source, parts: list[Message], before: str, names: Names, depth: int) -> Iterator[Table | Unread | Source]:
    """The same text in several forms: all but the plain one, and what only the plain one says."""
    pages = [_text(one) for one in parts if one.get_content_type() == "text/html"]
    # HTML with pictures is a multipart of its own
    pages += [_text(two) for one in parts if one.get_content_type() == "multipart/related" for two in one.walk() if _is_page(two)]
    for one in parts:
        if one.get_content_type() == "text/plain" and pages:
            said = _squeezed(" ".join(pages))
            only = [line for line in _text(one).splitlines() if (bare := _squeezed(line)) and bare not in said]
            yield from prose(names(f"{before}plain text"), only, "only in the form without layout")
        else:
            yield from _part(source, one, before, names, depth + 1)


def _is_page(part: Message) -> bool:
    return part.get_content_type() == "text/html"


_MARKUP = re.compile(r"<[^<>]*>|&nbsp;|&#160;|[^\w@]+")


def _squeezed(text: str) -> str:
    return _MARKUP.sub("", text)


def _page(source: Source, text: str, before: str, names: Names) -> Iterator[Table | Unread]:
    """A body in HTML. The mark of UTF-8 counts for more than what the page says of itself."""
    page = source.child("body.html", _UTF8 + text.encode("utf-8", "replace"))
    for part in html_tables.read(page):
        if isinstance(part, Table):
            yield Table(names(f"{before}{part.name}"), part.header, part.chunks, part.hidden)
        else:
            yield part


def _text(part: Message) -> str:
    data = _content(part)
    return _decoded(data, str(part.get_content_charset() or "")) if data else ""


def _content(part: Message) -> bytes:
    """A part's bytes, of base64 that was cut as many as there are: of some lengths the library gives the text itself."""
    data = part.get_payload(decode=True)
    if any(isinstance(defect, InvalidBase64LengthDefect) for defect in part.defects):
        coded = _NO_BASE64.sub(b"", str(part.get_payload()).encode("ascii", "replace"))
        return binascii.a2b_base64(coded[: len(coded) - len(coded) % 4])
    return data if isinstance(data, bytes) else b""


def _file_name(part: Message) -> str:
    try:
        return clean(_words(_eight_bit(str(part.get_filename() or ""))))
    except (ValueError, LookupError, TypeError):  # a name in continued parts (RFC 2231) that do not fit together
        raise UnreadableError("damaged", "an attachment's name is broken") from None

"""Address books (VCF): one row per card, versions 2.1, 3.0, 4.0 (RFC 6350).

A property that cards have several times (telephones) has several columns. Lines are unfolded, quoted-printable and stated
encodings decoded; telephones write Chinese names that way. Photographs are counted, not read.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from scanner.model import Table, Unread
from scanner.readers.encodings import BLOCK, Damage, detect, utf8_blocks
from scanner.readers.prose import clean
from scanner.readers.row_tables import titled_table
from scanner.sources import HEAD, Source, unreadable

SUFFIXES = (".vcf", ".vcard")
_BEGIN = re.compile(rb"\s*BEGIN\s*:\s*VCARD", re.IGNORECASE)
# Properties in the order of their columns, as people call them. All others share the last column.
_TITLES = {
    "FN": "name", "NICKNAME": "nickname", "TEL": "phone", "EMAIL": "email", "ADR": "address", "BDAY": "birthday",
    "ORG": "organization", "TITLE": "position", "ROLE": "role", "IMPP": "chat account", "URL": "url", "NOTE": "note",
}  # fmt: skip
_DULL = frozenset(
    ["BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "N", "SORT-STRING", "PHOTO", "LOGO", "SOUND", "KEY", "CLASS", "MAILER"]
)
_SAMPLE = 20_000  # cards from which the number of columns is told
_MOST = 20  # columns of one property; further values are joined
_LONGEST = 1 << 20  # characters of one value
_FOLDED = 1 << 20  # lines that one value is folded into


def claims(head: bytes, source: Source) -> bool:
    """Whether this is an address book; UTF-16 too."""
    plain = head[:256].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return _BEGIN.match(plain) is not None


@dataclass(slots=True)
class _Card:
    values: dict[str, list[str]] = field(default_factory=dict)
    names: str = ""


@dataclass(slots=True)
class _Seen:
    """What was met beside the cards' texts."""

    photos: int = 0
    open: bool = False


def read(source: Source) -> Iterator[Table | Unread]:
    """All cards as one table."""
    head = source.head()
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    damage, seen = Damage(), _Seen()
    try:
        with source.open() as stream:
            cards = _cards(_lines(utf8_blocks(stream, _first(stream), encoding, damage)), seen)
            sample = list(islice(cards, _SAMPLE))
            columns = [
                (name, place)
                for name in (*_TITLES, "")
                for place in range(
                    min(max((len(card.values.get(name, ())) for card in sample), default=0), 1 if name == "" else _MOST)
                )
            ]
            titles = [
                f"{_TITLES.get(name, 'other')} {place + 1}" if place else _TITLES.get(name, "other") for name, place in columns
            ]
            if columns:
                yield titled_table("cards", titles, (_row(card, columns) for card in chain(sample, cards)))
    except OSError as error:
        raise unreadable(error) from None
    if damage.places:
        yield Unread(source.path, damage.part(), "encoding", f"{damage.places} places are no text and were read as U+FFFD")
    if seen.open:
        yield Unread(source.path, "last card", "damaged", "the address book ends too early")
    if seen.photos:
        yield Unread(source.path, f"{seen.photos} pictures", "format", "images without text")


def _first(stream: BinaryIO) -> bytes:
    return stream.read(BLOCK)


def _row(card: _Card, columns: list[tuple[str, int]]) -> list[str]:
    width = {name: place + 1 for name, place in columns}
    row = []
    for name, place in columns:
        values = card.values.get(name, [])
        last = place + 1 == width[name]
        row.append("; ".join(values[place:]) if last else "".join(values[place : place + 1]))
    rest = [value for name, values in card.values.items() if name not in width for value in values]
    if rest:  # a property that no card of the sample has
        row[-1] = "; ".join(filter(None, [row[-1], *rest]))
    return row


def _lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Unfolded lines: one that begins with a blank goes on with the one before; quoted-printable ones end in "="."""
    kept = ""
    logical: list[str] = []
    for block in chain(blocks, [b"\n"]):
        lines = (kept + block.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        kept = lines.pop()
        for line in lines:
            soft = bool(logical) and logical[-1].endswith("=") and "QUOTED-PRINTABLE" in logical[0].partition(":")[0].upper()
            if soft:
                logical[-1] = logical[-1][:-1]
                logical.append(line.lstrip(" \t") if line[:1] in (" ", "\t") else line)
            elif logical and line[:1] in (" ", "\t"):
                logical.append(line[1:])
            else:
                if logical:
                    yield "".join(logical)
                logical = [line]
            if len(logical) > _FOLDED:
                yield "".join(logical)
                logical = []
    yield "".join([*logical, kept])


def _cards(lines: Iterator[str], seen: _Seen) -> Iterator[_Card]:
    card: _Card | None = None
    for line in lines:
        said, colon, value = line.partition(":")
        if '"' in said:  # a parameter may quote a colon
            found = re.match(r'((?:[^":]|"[^"]*")*):(.*)\Z', line, re.DOTALL)
            said, value = (found[1], found[2]) if found else (said, value)
        if not colon:
            continue
        name, *parameters = said.strip().split(";")
        name = name.rpartition(".")[2].upper()  # "item1.TEL"
        if name == "BEGIN":
            if card is not None and card.values:
                yield _named(card)
            card, seen.open = _Card(), True
        elif name == "END":
            if card is not None and (card.values or card.names):
                yield _named(card)
            card, seen.open = None, False
        elif card is not None:
            _property(card, name, parameters, value, seen)
    if card is not None and (card.values or card.names):
        yield _named(card)


def _named(card: _Card) -> _Card:
    if card.names and "FN" not in card.values:
        card.values["FN"] = [card.names]
    return card


def _property(card: _Card, name: str, parameters: list[str], value: str, seen: _Seen) -> None:
    if name in ("PHOTO", "LOGO"):
        seen.photos += len(value) > 200  # an address of a picture is shorter than any picture
        return
    if name in _DULL and name != "N":
        return
    text = _text(parameters, value[:_LONGEST])
    fields = [clean(part.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\"))
              for part in re.split(r"(?<!\\);", text)]  # fmt: skip
    if name == "N":
        family, given = [*fields, "", ""][:2]
        chinese = any("\u3400" <= character <= "\u9fff" for character in family + given)
        card.names = family + given if chinese else f"{given} {family}".strip()
        return
    if name == "ADR":  # post office box, extended, street, city, region, code, country: a Chinese address goes the other way
        box, extra, street, city, region, code, country = [*fields, *[""] * 7][:7]
        chinese = any("\u3400" <= character <= "\u9fff" for character in text)
        order = [country, region, city, street, extra, box] if chinese else [box, extra, street, city, region, code, country]
        joined = "".join(order) if chinese else ", ".join(filter(None, order))
    else:
        joined = " ".join(filter(None, fields))
    if name in ("TEL", "IMPP") and joined.lower().startswith(("tel:", "sip:", "xmpp:", "x-apple:")):
        joined = joined.partition(":")[2]
    if joined:
        key = name if name in _TITLES else "IMPP" if name in ("X-QQ", "X-WECHAT", "X-MSN", "X-SKYPE", "X-JABBER") else ""
        card.values.setdefault(key, []).append(joined)


def _text(parameters: list[str], value: str) -> str:
    """A value decoded as its parameters say."""
    said = {key.upper(): text for key, _, text in (one.partition("=") for one in parameters)}
    kind = said.get("ENCODING", "").upper() or next((one.upper() for one in parameters if "=" not in one), "")
    charset = said.get("CHARSET", "utf-8").strip('"').lower()
    charset = "gb18030" if charset in ("gb2312", "gbk", "cp936") else charset
    try:
        if kind == "QUOTED-PRINTABLE":
            return quopri.decodestring(value.encode("utf-8", "replace")).decode(charset, "replace")
        if kind in ("B", "BASE64"):
            return binascii.a2b_base64(value).decode(charset, "replace")
    except (LookupError, ValueError):
        return value
    return value

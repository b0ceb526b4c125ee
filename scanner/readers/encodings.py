"""Which encoding a text is in, told by its content, and the text as a stream of valid UTF-8.

Chinese exports state no encoding. UTF-8 proves itself: other text is almost never valid in it. GB18030 accepts nearly any bytes, as
does Big5, so these two are told apart by what they would say: the share of characters that are common in their script
(level 1 of GB 2312-80; level 1 of Big5). That share decides a dozen characters safely; general detectors need hundreds, so
charset-normalizer is asked only when neither script is plausible.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from scanner.lazy import lazily

if TYPE_CHECKING:
    import charset_normalizer
else:
    charset_normalizer = lazily("charset_normalizer")

BLOCK = 1 << 23  # bytes read at once: 8 MiB, some 40,000 rows of a usual export; smaller chunks cost more calls
_LONGEST_LINE = 1 << 24  # a line without an end is cut here, so that memory stays bounded
_SAMPLE = 1 << 16
_USUAL = re.compile("[\t\r\n -~\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")  # ASCII, Han and its punctuation, full-width forms

_UNDECODED = re.compile(r"[\udc80-\udcff]+")  # bytes that "surrogateescape" lets through

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the one of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WIDE = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}

# Scripts that charset-normalizer may name; a guess outside is a guess on noise.
_FOREIGN = ("cp1252", "cp1250", "latin_1", "iso8859_15", "cp1251", "koi8_r", "shift_jis", "cp932", "euc_jp", "cp949", "euc_kr")


@dataclass(frozen=True, slots=True)
class Encoding:
    """name: a Python codec, "ascii" while nothing else was seen; mark: bytes of the byte order mark at the start."""

    name: str
    mark: int = 0


@dataclass(slots=True)
class Damage:
    """Places whose bytes are no text in the encoding. lines: the first few, counted from 1; places: all."""

    places: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.places += 1
        if len(self.lines) < 20 and (not self.lines or self.lines[-1] != line):
            self.lines.append(line)

    def part(self) -> str:
        """For `Unread.part`: "line 7" or "line 7 and others, 3 places"."""
        first = f"line {self.lines[0]}" if self.lines else ""
        return first if self.places == 1 else f"{first}{' and others' if len(self.lines) > 1 else ''}, {self.places} places"


def detect(sample: bytes, *, whole: bool) -> Encoding | None:
    """The encoding of a text by its beginning; None: this is no text. whole: nothing follows the sample."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return Encoding(name, len(mark))
    wide = _wide(sample)
    if wide:
        return Encoding(wide)
    if _is_binary(sample):
        return None
    if sample.isascii():
        return Encoding("ascii")
    return Encoding(_narrow(sample, whole=whole))


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: line ends and delimiters have a zero byte beside them, and nearly all characters are usual."""
    sample = sample[: _SAMPLE & ~1]
    if b"\0" not in sample or len(sample) < 4:
        return None
    best, found = 0.97, None
    for name in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) & ~1].decode(name, "replace")
        usual = len(_USUAL.findall(text)) / len(text)
        if usual > best:
            best, found = usual, name
    return found


def _is_binary(sample: bytes) -> bool:
    """Whether control characters that no text has make up more than a twentieth, or zero bytes more than a tenth."""
    sample = sample[:_SAMPLE]
    zeros = sample.count(0)
    strange = len(sample) - len(sample.translate(None, bytes([*range(1, 8), *range(14, 26), 127])))
    # \x01 and \x1C–\x1F serve as delimiters in dumps; escape and SUB stand in terminal logs and old DOS texts
    strange -= sample.count(1)
    return zeros * 10 > len(sample) or strange * 20 > len(sample)


def _narrow(sample: bytes, *, whole: bool) -> str:
    """UTF-8, GB18030, Big5 or a foreign code page for a sample with bytes above 127."""
    start = max(0, next(i for i, byte in enumerate(sample) if byte > 127) - 64)
    sample = sample[start:]
    if not whole:  # the last character may be cut
        sample = sample[: sample.rfind(b"\n") + 1] or sample[:-4] or sample
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    good = sum(map(text.count, _high(text))) if bad else 1
    if bad < good:  # other encodings have two bad places for each character, and seldom one that happens to be valid
        return "utf-8"
    sample = _lines_with_high(sample)
    scores = {name: _score(sample, name) for name in ("gb18030", "cp950", "big5hkscs")}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.5:
        return best
    guess = charset_normalizer.from_bytes(sample, cp_isolation=list(_FOREIGN)).best()
    if guess is not None and guess.encoding != "ascii":
        return guess.encoding
    return best if scores[best] > 0 else "cp1252"


def _high(text: str) -> set[str]:
    return {c for c in text if c > "\x7f" and c != "\ufffd"}


def _lines_with_high(sample: bytes) -> bytes:
    lines = [line for line in sample.splitlines(keepends=True) if not line.isascii()]
    return b"".join(lines)[:_SAMPLE] if lines else sample[:_SAMPLE]


def _score(sample: bytes, name: str) -> float:
    """Share of the characters above ASCII that are common in the encoding's script, less twice the share that fails."""
    text = sample.decode(name, "replace")
    high = [c for c in text if c > "\x7f"]
    if not high:
        return 0.0
    common = _common(name == "gb18030")
    return (sum(c in common for c in high) - 2 * high.count("\ufffd")) / len(high)


@cache
def _common(simplified: bool) -> frozenset[str]:
    """Characters of level 1, with Chinese punctuation and full-width forms: GB 2312 rows 16–55, or Big5 A440–C67E."""
    if simplified:
        pairs = [bytes([lead, trail]) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF)]
        text = b"".join(pairs).decode("gb2312", "ignore")
    else:
        trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
        pairs = [bytes([lead, trail]) for lead in range(0xA4, 0xC7) for trail in trails]
        text = "".join(pair.decode("big5", "ignore") for pair in pairs)
    return frozenset(text) | frozenset("，。、；：？！“”‘’（）《》【】—…·￥％　") | frozenset(map(chr, range(0xFF01, 0xFF5F)))


def utf8_blocks(stream: BinaryIO, first: bytes, encoding: Encoding, damage: Damage) -> Iterator[bytes]:
    """The text as blocks of valid UTF-8, each ending at a line's end (but the last, and lines over 64 MiB).

    first: bytes already taken from the stream. Bytes that are no text become U+FFFD and are noted in `damage`. While only
    ASCII was seen ("ascii"), the encoding is decided at the first block that has more.
    """
    if encoding.name in WIDE:
        yield from _wide_blocks(stream, first[encoding.mark :], encoding.name, damage)
        return
    name, line = encoding.name, 1
    for block in _lines(stream, first[encoding.mark :], encoding.name):
        if name == "ascii" and not block.isascii():
            name = _narrow(block[: 4 * _SAMPLE] if not block[:_SAMPLE].isascii() else block, whole=False)
        if name in ("ascii", "utf-8"):
            yield block if _is_utf8(block) else _mend(block, damage, line)
        else:
            yield _decode(block, name, damage, line).encode()
        if name != "ascii":
            line += block.count(b"\n")


def longer(kept: str, blocks: Iterator[bytes]) -> tuple[str, bool]:
    """What is waiting with at least as much behind it, so that growing values cost little; and whether the text has ended."""
    parts, size = [kept], 0
    while size <= len(kept):
        block = next(blocks, None)
        if block is None:
            return "".join(parts), True
        parts.append(block.decode("utf-8", "replace"))
        size += len(parts[-1])
    return "".join(parts), False


def _lines(stream: BinaryIO, first: bytes, encoding: str) -> Iterator[bytes]:
    """Blocks cut after a line end. In all encodings of one or two bytes a byte below 0x30 is a character of its own."""
    kept, piece = b"", first  # what is kept holds no line feed
    while piece:
        end = piece.rfind(b"\n") + 1
        if end:  # one copy, not two: this is all of a large file
            block, kept = b"".join((kept, memoryview(piece)[:end])), piece[end:]
        else:
            kept = kept + piece if kept else piece
            cut = kept.rfind(b"\r") + 1
            if not cut and len(kept) >= _LONGEST_LINE:
                cut = max(kept.rfind(mark) for mark in b" ,;\t\"'") + 1 or _whole_characters(kept, encoding)
            block, kept = kept[:cut], kept[cut:]
        piece = b""
        if block:
            yield block
        del block
        # a long line is met with longer and longer readings, so that joining them stays cheap
        piece = stream.read(max(BLOCK, len(kept)))
    if kept:
        yield kept


def _whole_characters(text: bytes, encoding: str) -> int:
    """How many bytes hold whole characters; the last one may go on in the next block."""
    decoder = codecs.getincrementaldecoder("utf-8" if encoding == "ascii" else encoding)("replace")
    decoder.decode(text)
    return len(text) - len(decoder.getstate()[0])


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    size = len(block).to_bytes(8, "little")
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, pa.py_buffer(bytes(8) + size), pa.py_buffer(block)])
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _mend(block: bytes, damage: Damage, line: int) -> bytes:
    """A block of UTF-8 with damage. Lines that are whole in GB18030 (a file appended to by another program) are read so."""
    text = block.decode("utf-8", "surrogateescape")
    parts: list[str] = []
    done = 0
    while found := _UNDECODED.search(text, done):
        start = text.rfind("\n", done, found.start()) + 1 or done
        end = text.find("\n", found.start()) + 1 or len(text)
        line += text.count("\n", done, start)
        own = text[start:end]
        other = _sense(own.encode("utf-8", "surrogateescape"))
        parts += [text[done:start], _marked(own, damage, line) if other is None else other]
        line += own.count("\n")
        done = end
    return "".join([*parts, text[done:]]).encode()


def _sense(line: bytes) -> str | None:
    """A line that is whole in GB18030 and makes sense there. UTF-8 with a cut character does not: it reads as rare characters."""
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return text if _score(line, "gb18030") > 0.9 else None


def _decode(block: bytes, name: str, damage: Damage, line: int) -> str:
    """Text of a block; what does not decode is U+FFFD, one for each place."""
    try:
        return block.decode(name)
    except UnicodeDecodeError:  # it holds a copy of the block: going on from each place would copy the block as often
        return _marked(block.decode(name, "surrogateescape"), damage, line)


def _marked(text: str, damage: Damage, line: int) -> str:
    """Text whose undecoded bytes, which stand in it as lone surrogates, are U+FFFD; their lines are noted."""
    done = 0
    for found in _UNDECODED.finditer(text):
        line += text.count("\n", done, found.start())
        done = found.start()
        damage.add(line)
    return _UNDECODED.sub("\ufffd", text)


def _wide_blocks(stream: BinaryIO, first: bytes, name: str, damage: Damage) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)("replace")
    kept, line, piece = "", 1, first
    while True:
        more = stream.read(BLOCK)
        text = kept + decoder.decode(piece, final=not more)
        if "\ufffd" in text:
            at, done = line, 0
            for found in re.finditer("\ufffd", text):
                at += text.count("\n", done, found.start())
                done = found.start()
                damage.add(at)
        cut = len(text) if not more else text.rfind("\n") + 1 or text.rfind("\r") + 1
        if not cut and len(text) > _LONGEST_LINE // 4:
            cut = len(text)
        if cut:
            yield text[:cut].encode("utf-8", "replace")
        line += text.count("\n", 0, cut)
        kept, piece = text[cut:], more
        if not more:
            return

"""Fuzz of the readers: small real files of every format, broken in every way that is cheap to think of.

    python benchmarks/fuzz.py --inputs 20000 --seed 1

An input is told by seed and number alone, so that a crash can be had again (`--only NUMBER`). A crash is any exception but
`UnreadableError`, a process that ends, or an input that takes longer than a minute. Prints how many of each format were
read, what crashed, and the slowest input; the exit code is 1 when anything crashed.
"""

from __future__ import annotations

import argparse
import bz2
import faulthandler
import gzip
import io
import json
import lzma
import os
import random
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import openpyxl
import py7zr
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import zstandard

from scanner.errors import UnreadableError
from scanner.limits import Budget, Limits, Opening
from scanner.model import Table
from scanner.readers import reader_for
from scanner.sources import Source, bytes_source

ROOT = Path(__file__).resolve().parent.parent
TITLES = ["姓名", "身份证号", "手机号", "备注"]
ROWS = [
    ["杨丽华", "540235197608100180", "13758295793", "老客户, 已回访"],
    ["钟丽", "511002197411075230", "13136704668", ""],
    ["杨桂芳", "610427195207100702", "13570785320", "说“好”"],
] * 4
_SMALL = 40_000  # bytes of a fixture that is worth breaking: time goes into inputs, not into size
HANGS = 60  # seconds
MEMORY = 4 << 30  # bytes of address space, where the system lets a process limit itself
BOUNDS = Opening(Limits(depth=4, members=200, archive_bytes=1 << 24, total_bytes=1 << 25, cell_bytes=1 << 20), ("secret",))


def _text(delimiter: str = ",") -> str:
    return "".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) + "\r\n" for row in [TITLES, *ROWS])


def _book() -> bytes:
    made = openpyxl.Workbook()
    for row in [TITLES, *ROWS]:
        made.active.append(row)
    hidden = made.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    hidden["B2"] = "=1+1"
    return _saved(made.save)


def _saved(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _seven(members: dict[str, bytes], password: str | None = None) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return out.getvalue()


def _sqlite() -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("create table 客户 (姓名 text, 身份证号 text, 手机号 text, 备注 text)")
    base.executemany("insert into 客户 values (?, ?, ?, ?)", ROWS)
    base.commit()
    return base.serialize()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "杨丽华 <yang@example.com>", "b@example.com", "名单"
    mail.set_content(_text("\t"))
    mail.add_alternative(f"<table>{_html_rows()}</table>", subtype="html")
    mail.add_attachment(_book(), maintype="application", subtype="octet-stream", filename="名单.xlsx")
    return mail.as_bytes()


def _html_rows() -> str:
    return "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [TITLES, *ROWS])


def _docx() -> bytes:
    paragraphs = "".join(f"<w:p><w:r><w:t>{' '.join(row)}</w:t></w:r></w:p>" for row in ROWS)
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row) + "</w:tr>"
        for row in [TITLES, *ROWS]
    )
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"<w:document {space}><w:body>{paragraphs}<w:tbl>{cells}</w:tbl></w:body></w:document>"
    return _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": body.encode()})


def _pptx() -> bytes:
    texts = "".join(f"<a:p><a:r><a:t>{' '.join(row)}</a:t></a:r></a:p>" for row in ROWS)
    space = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    space += 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    slide = f"<p:sld {space}><p:cSld><p:spTree><p:sp><p:txBody>{texts}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    return _zip({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>", "ppt/slides/slide1.xml": slide.encode()})


def _pdf() -> bytes:
    stream = b"BT /F1 12 Tf 50 700 Td " + b" ".join(b"(%s) Tj 0 -14 Td" % " ".join(row[1:3]).encode() for row in ROWS) + b" ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>startxref\n%d\n%%%%EOF" % len(out)


def _dbf() -> bytes:
    fields = b"".join(f"F{n}".encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([30]) + bytes(15) for n in range(4)) + b"\r"
    rows = b"".join(b" " + b"".join(cell.encode("gb18030")[:30].ljust(30) for cell in row) for row in ROWS)
    head = (
        b"\x03\x7e\x01\x01"
        + len(ROWS).to_bytes(4, "little")
        + (32 + len(fields)).to_bytes(2, "little")
        + (121).to_bytes(2, "little")
    )
    return head.ljust(29, b"\0") + b"\x7a\0\0" + fields + rows + b"\x1a"


def _flat_sheet() -> bytes:
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in [TITLES, *ROWS])
    sheet = f'<office:body><office:spreadsheet><table:table table:name="x">{rows}</table:table></office:spreadsheet></office:body>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return f'<?xml version="1.0"?><office:document {spaces} office:mimetype="{kind}">{sheet}</office:document>'.encode()


@cache
def originals() -> dict[str, bytes]:
    """A small file of each format, by its name."""
    text = _text().encode()
    table = pa.table({title: [row[place] for row in ROWS] for place, title in enumerate(TITLES)})
    records = [dict(zip(TITLES, row, strict=True)) for row in ROWS]
    values = ",\n".join("(" + ",".join(f"'{cell}'" for cell in row) + ")" for row in ROWS)
    xml = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>" for row in [TITLES, *ROWS]
    )
    sheet = (
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    )
    found = {
        "a.csv": text,
        "gbk.csv": _text().encode("gb18030"),
        "wide.txt": _text("\t").encode("utf-16"),
        "prose.txt": "\n".join(" ".join(row) for row in ROWS).encode(),
        "a.xlsx": _book(),
        "a.zip": _zip({"客户/a.csv": text, "b.xlsx": _book(), "c.zip": _zip({"d.csv": text})}),
        "a.7z": _seven({"a.csv": text, "b.csv": text}),
        "locked.7z": _seven({"a.csv": text}, "secret"),
        "a.tar": _tar({"a.csv": text, "b.csv": text}),
        "a.tar.gz": gzip.compress(_tar({"a.csv": text})),
        "a.csv.gz": gzip.compress(text),
        "a.csv.bz2": bz2.compress(text),
        "a.csv.xz": lzma.compress(text),
        "a.csv.lzma": lzma.compress(text, lzma.FORMAT_ALONE),
        "a.csv.zst": zstandard.ZstdCompressor().compress(text),
        "a.json": json.dumps({"data": records, "total": {"n": 1}}, ensure_ascii=False).encode(),
        "a.jsonl": "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode(),
        "a.parquet": _saved(lambda out: parquet.write_table(table, out)),
        "a.feather": _saved(lambda out: feather.write_feather(table, out)),
        "a.db": _sqlite(),
        "a.sql": f"CREATE TABLE `c` (a text, b text, c text, d text);\nINSERT INTO `c` VALUES {values};\n".encode(),
        "a.html": f"<html><meta charset=utf-8><body><p>{ROWS[0]}</p><table>{_html_rows()}</table></html>".encode(),
        "web.xls": f"<table>{_html_rows()}</table>".encode("gb18030"),
        "a.xml": f'<?xml version="1.0"?>{sheet}<Worksheet ss:Name="x"><Table>{xml}</Table></Worksheet></Workbook>'.encode(),
        "a.fods": _flat_sheet(),
        "a.eml": _mail(),
        "a.docx": _docx(),
        "a.pptx": _pptx(),
        "a.pdf": _pdf(),
        "a.dbf": _dbf(),
        "a.rtf": (r"{\rtf1\ansi\ansicpg936 " + "".join(rf"{row[1]}\tab {row[2]}\par " for row in ROWS) + "}").encode(),
        "a.vcf": "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:{row[0]}\nTEL;CELL:{row[2]}\nEND:VCARD\n" for row in ROWS).encode(),
    }
    for folder in ("tables", "formats"):
        small = [path for path in sorted((ROOT / "fixtures" / folder).rglob("*.*")) if path.stat().st_size < _SMALL]
        found |= {f"{folder}{path.suffix}": path.read_bytes() for path in small}
    return found


# ---- ways to break a file

_NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff\xff", b"\0")
_WORDS = (
    b'"',
    b"<",
    b"&#x0;",
    b"<!DOCTYPE x>",
    b"\r",
    b"\n" * 50,
    b"{",
    b"[" * 50,
    b"'",
    b"\\",
    b"1e999",
    b"XFD1048576",
    b"\xef\xbb\xbf",
    b"--",
)


def _flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 8, 64))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def _drop(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.choice((1, 2, 16, 512))]


def _splice(data: bytearray, dice: random.Random) -> None:
    other = dice.choice(list(originals().values()))
    start, size, at = dice.randrange(len(other)), dice.choice((4, 64, 1024)), dice.randrange(len(data))
    data[at : at + dice.choice((0, size))] = other[start : start + size]


def _swap(data: bytearray, dice: random.Random) -> None:
    size = dice.choice((1, 4, 64, 512))
    one, two = dice.randrange(len(data)), dice.randrange(len(data))
    first, second = data[one : one + size], data[two : two + size]
    size = min(len(first), len(second))
    data[one : one + size], data[two : two + size] = second[:size], first[:size]


def _repeat(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    data[start:start] = data[start : start + dice.choice((1, 8, 128))] * dice.choice((2, 20, 500))


def _number(data: bytearray, dice: random.Random) -> None:
    value, at = dice.choice(_NUMBERS), dice.randrange(len(data))
    data[at : at + len(value)] = value


def _word(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at:at] = dice.choice(_WORDS)


WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _cut, _drop, _splice, _swap, _repeat, _number, _word)


def mutated(number: int, seed: int) -> tuple[str, bytes]:
    """The name and bytes of one input."""
    dice = random.Random(f"{seed}/{number}")
    name = list(originals())[number % len(originals())]
    data = originals()[name]
    if data[:4] == b"PK\x03\x04" and dice.random() < 0.6 and (members := _members(data)):
        # inside a member: breaking the packed bytes would seldom get past their checksum
        chosen = dice.choice(list(members))
        members[chosen] = _broken(members[chosen], dice)
        return name, _zip(members)
    if data[:2] == b"\x1f\x8b" and dice.random() < 0.5:
        return name, gzip.compress(_broken(gzip.decompress(data), dice), 1)
    return name, _broken(data, dice)


def _members(data: bytes) -> dict[str, bytes]:
    """What an archive holds; nothing, if it is locked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(info.flag_bits & 1 for info in archive.infolist()):
            return {}
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _broken(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        if changed:
            dice.choice(WAYS)(changed, dice)
    return bytes(changed)


# ---- reading


def consume(source: Source) -> None:
    """Reads all there is, by the readers alone: nothing here forgives a library its failures."""
    if source.depth > source.budget.limits.depth:
        return
    try:
        reader = reader_for(source) if source.head() else None
        for part in reader.read(source) if reader else ():
            if isinstance(part, Source):
                consume(part)
            elif isinstance(part, Table):
                _rows(part)
    except UnreadableError:
        pass


def _rows(table: Table) -> None:
    try:
        for chunk in table.chunks:
            assert all(len(column) == chunk.rows and not column.null_count for column in chunk.columns)
            assert table.header is None or len(table.header) == len(chunk.columns)
            for column in chunk.columns:
                column.validate(full=True)
    except UnreadableError:
        pass


@dataclass(slots=True)
class Outcome:
    """inputs: by name of the original; crashes: number, name and what happened; slowest: seconds, number, name."""

    inputs: Counter[str] = field(default_factory=Counter)
    crashes: list[tuple[int, str, str]] = field(default_factory=list)
    slowest: tuple[float, int, str] = (0.0, 0, "")


def run(numbers: Iterator[int] | range, seed: int, mark: Callable[[int], object] = lambda _: None) -> Outcome:
    """Reads these inputs in this process."""
    outcome = Outcome()
    for number in numbers:
        mark(number)
        name, data = mutated(number, seed)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        start = time.perf_counter()
        try:
            consume(Source(name, len(data), data=data, budget=Budget(BOUNDS, len(data))))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a Rust library's panic is no Exception
            place = traceback.extract_tb(error.__traceback__)[-1]
            outcome.crashes.append((number, name, f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"))
        seconds = time.perf_counter() - start
        faulthandler.cancel_dump_traceback_later()
        outcome.inputs[name] += 1
        outcome.slowest = max(outcome.slowest, (seconds, number, name))
    return outcome


def run_apart(inputs: int, seed: int, first: int = 0) -> Outcome:
    """The same in processes of their own, so that one that is ended by an input is a crash like others."""
    outcome, start = Outcome(), first
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "at"
        while start < first + inputs:
            place.write_text(str(start), encoding="utf-8")
            words = [
                sys.executable,
                __file__,
                "--child",
                str(place),
                "--first",
                str(start),
                "--inputs",
                str(first + inputs - start),
            ]
            done = subprocess.run([*words, "--seed", str(seed)], capture_output=True, text=True, encoding="utf-8", errors="replace")
            if done.returncode == 0:
                told = json.loads(done.stdout.splitlines()[-1])
                outcome.inputs.update(told["inputs"])
                outcome.crashes += [(number, name, what) for number, name, what in told["crashes"]]
                outcome.slowest = max(outcome.slowest, tuple(told["slowest"]))
                return outcome
            at = int(place.read_text(encoding="utf-8"))
            # what came before it in this process is not lost, only its slowest input is
            outcome.inputs.update(list(originals())[number % len(originals())] for number in range(start, at + 1))
            said = [line for line in done.stderr.splitlines() if line.strip()]
            outcome.crashes.append(
                (at, mutated(at, seed)[0], f"process ended ({done.returncode}): {said[0][:200] if said else ''}")
            )
            start = at + 1
    return outcome


def _child(place: Path, numbers: range, seed: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # Windows, and systems that refuse
    with place.open("r+b", buffering=0) as file:

        def mark(number: int) -> None:
            file.seek(0)
            file.write(str(number).encode())
            file.truncate()

        outcome = run(numbers, seed, mark)
    print(json.dumps({"inputs": outcome.inputs, "crashes": outcome.crashes, "slowest": outcome.slowest}))


def main() -> int:
    words = argparse.ArgumentParser(description="Fuzz of the readers")
    words.add_argument("--inputs", type=int, default=5000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--first", type=int, default=0, help="number of the first input")
    words.add_argument("--only", type=int, help="read this one input, failures with their traceback")
    words.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    said = words.parse_args()
    if said.only is not None:
        name, data = mutated(said.only, said.seed)
        print(name, len(data), data[:200])
        consume(bytes_source(name, data))
        return 0
    if said.child:
        _child(said.child, range(said.first, said.first + said.inputs), said.seed)
        return 0
    start = time.perf_counter()
    outcome = run_apart(said.inputs, said.seed, said.first)
    total = sum(outcome.inputs.values())
    print(f"{total:,} inputs, {len(outcome.inputs)} formats, {time.perf_counter() - start:.0f} s, seed {said.seed}")
    print(f"slowest: {outcome.slowest[0]:.2f} s, number {outcome.slowest[1]}, {outcome.slowest[2]}")
    kinds = Counter((name, what) for _, name, what in outcome.crashes)
    print(f"{len(outcome.crashes)} crashes, {len(kinds)} kinds")
    for (name, what), times in kinds.most_common():
        number = next(number for number, *rest in outcome.crashes if rest == [name, what])
        print(f"  {times:5} × {name}: {what} (--only {number})")
    return int(bool(outcome.crashes))


if __name__ == "__main__":
    os.environ.setdefault("LEAKGAUGE_DEBUG", "1")
    sys.exit(main())

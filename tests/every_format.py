"""The one table in every format: files that programs wrote, and what the makers write when a test asks for it."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from compound_file import Tree, compound_file

from fixtures.makers.formats_binary import BINARY
from fixtures.makers.formats_text import TEXTS, table_html
from fixtures.makers.one_table import csv_text, one_table

FORMATS = Path(__file__).resolve().parent.parent / "fixtures" / "formats"
FOLDER = FORMATS / "one_table"


def _outlook(tree: Tree) -> bytes:
    wide = "utf-16-le"
    named: Tree = {"__nameid_version1.0": {"__substg1.0_00020102": b""}, "__substg1.0_0037001F": "客户名单".encode(wide)}
    return compound_file({**named, **tree})


def _msg_body() -> bytes:
    return _outlook(
        {"__substg1.0_10130102": f"<html><meta charset=gbk><body>{table_html(one_table())}</body></html>".encode("gbk")}
    )


def _msg_attached() -> bytes:
    file: Tree = {"__substg1.0_3707001F": "客户.csv".encode("utf-16-le"), "__substg1.0_37010102": csv_text().encode("gb18030")}
    return _outlook({"__substg1.0_1000001F": "请查收。".encode("utf-16-le"), "__attach_version1.0_#00000000": file})


def _wps() -> bytes:
    return (FOLDER / "calc.xls").read_bytes()


MADE: dict[str, Callable[[], bytes]] = {
    **TEXTS,
    **BINARY,
    "body.msg": _msg_body,
    "attached.msg": _msg_attached,
    "wps_binary.et": _wps,  # WPS writes the same bytes under this name
}
# Files over 150,000 bytes are kept gzipped; what is read is what the program wrote.
_KEPT = (".fods.gz", ".html.gz", ".rtf.gz")
WRITTEN = {path.name.removesuffix(".gz") if path.name.endswith(_KEPT) else path.name: path for path in sorted(FOLDER.iterdir())}


@cache
def data(name: str) -> bytes:
    """The bytes of one of them."""
    if name in MADE:
        return MADE[name]()
    path = WRITTEN[name]
    return gzip.decompress(path.read_bytes()) if path.name != name else path.read_bytes()


@cache
def truth() -> dict[str, dict[str, Any]]:
    """What a scan of each must say: the usual, with what a format does not carry instead."""
    told = tomllib.loads((FORMATS / "truth.toml").read_text(encoding="utf-8"))
    return {name: {**told["usual"], **told["formats"].get(name, {})} for name in (*MADE, *WRITTEN)}

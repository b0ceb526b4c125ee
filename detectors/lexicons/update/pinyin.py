"""Rebuild pinyin_syllables.tsv: the syllables of Standard Chinese in Latin letters, and which of them write a surname.

    python detectors/lexicons/update/pinyin.py --surnames TABLE

Needs PyPI pypinyin (MIT), which is asked for the readings of every Han character; TABLE as for names.py.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from pypinyin import Style, lazy_pinyin, pinyin  # type: ignore[import-not-found, unused-ignore]

OUT = Path(__file__).resolve().parent.parent / "pinyin_syllables.tsv"


def main() -> int:
    parser = argparse.ArgumentParser(description="rebuild the list of pinyin syllables")
    parser.add_argument("--surnames", type=Path, required=True, help="surname TAB frequency")
    chosen = parser.parse_args()
    syllables: set[str] = set()
    for code in range(0x4E00, 0xA000):
        for reading in pinyin(chr(code), style=Style.NORMAL, heteronym=True, errors="ignore"):
            syllables |= {_latin(r) for r in reading if r.isalpha()}
    syllables -= {"m", "n", "ng", "hm", "hng", "o", ""}
    surnames = {
        _latin(lazy_pinyin(line.split("\t")[0])[0])
        for line in chosen.surnames.read_text(encoding="utf-8").splitlines()
        if _single(line)
    }
    surnames |= {"lyu", "shan", "ou", "ge", "zeng"}  # 吕 in passports; surnames with a reading of their own: 单 区 盖 曾
    syllables |= {"lyu", "nyu"}
    lines = [
        f"# pinyin syllables: syllable, 1 where it writes a surname. From PyPI pypinyin=={version('pypinyin')} (MIT) and the "
        f"surnames of wainshine/Chinese-Names-Corpus (Apache-2.0), {date.today().isoformat()}",
        "syllable\tsurname",
    ]
    lines += [f"{s}\t{int(s in surnames)}" for s in sorted(syllables) if s.isascii()]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(OUT.name, len(lines) - 2, "syllables", len(surnames), "of surnames")
    return 0


def _latin(reading: str) -> str:
    return reading.replace("ü", "v").lower()


def _single(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) == 2 and len(cells[0]) == 1 and "\u4e00" <= cells[0] <= "\u9fff" and float(cells[1]) >= 20


if __name__ == "__main__":
    sys.exit(main())

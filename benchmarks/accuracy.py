"""Recall and precision per kind, by cell and by column; persons exactly: `python benchmarks/accuracy.py [FOLDER…] [--json]`.

A labelled folder holds any of: `<part>/labels.jsonl` (tables with columns, or tables without persons), `counting/manifest.jsonl`,
`cells/*.jsonl[.gz]`, `text/*.jsonl[.gz]`. Without a folder: the project's own fixtures. What was not read or not scored is listed.
The program prints figures and always leaves with 0.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from labelled_cells import read, score_cells, score_columns, score_sentences
from labelled_tables import CountingResult, NegativeResult, TableResult, read_lines, score_case, score_negative, score_table_line
from scores import scores_table, table

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
IGNORED = {".py", ".md", ".toml", ".pyc"}


def measure(root: Path) -> dict[str, Any]:
    """Everything that can be scored below `root`, as plain data."""
    out: dict[str, Any] = {"folder": root.name}
    used: set[Path] = set()
    tables, negatives, counting = TableResult(), NegativeResult(), CountingResult()
    for path in sorted({*root.glob("labels.jsonl"), *root.glob("*/labels.jsonl")}):
        used.add(path)
        for line in read_lines(path):
            used.add(root / line["file"])
            # a table whose label says that nobody is in it is scored as a table and as a look-alike
            if "verdict" in line or not line.get("persons", {}).get("distinct", 1):
                score_negative(root, line, negatives)
            if "verdict" not in line:
                score_table_line(root, line, tables)
    manifest = root / "counting" / "manifest.jsonl"
    if manifest.is_file():
        used.add(manifest)
        for line in read_lines(manifest):
            used |= {root / "counting" / line["case"] / name for name in line["files"]}
            score_case(root, line, counting)
    for name, result, count in (
        ("tables", tables, tables.files),
        ("counting", counting, counting.cases),
        ("negatives", negatives, negatives.files),
    ):
        if count:
            out[name] = result.plain()
    cells: dict[str, Any] = {}
    for path in sorted(p for p in root.glob("cells/*") if ".jsonl" in p.name):
        used.add(path)
        lines = read(path)
        scores, unknown = score_cells(lines)
        cells[path.name] = {"kinds": scores, "no_detector": unknown, "as_columns": score_columns(lines)}
    sentences: dict[str, Any] = {}
    for path in sorted(p for p in root.glob("text/*") if ".jsonl" in p.name):
        used.add(path)
        sentences[path.name] = score_sentences(read(path))
    if cells:
        out["cells"] = cells
    if sentences:
        out["sentences"] = sentences
    everything = {p for p in root.rglob("*") if p.is_file() and p.suffix not in IGNORED}
    out["not_scored"] = sorted(str(p.relative_to(root)) for p in everything - used)
    return out


def render(result: dict[str, Any]) -> str:
    parts = [f"== {result['folder']} =="]
    if "tables" in result:
        t = result["tables"]
        parts.append(
            f"tables: {t['files']} files, columns right {t['columns_right']}/{t['columns']} "
            f"({t['columns_right'] / max(1, t['columns']):.2%}), wrong kinds {t['columns_wrong_kind']} "
            f"({t['columns_wrong_kind'] / max(1, t['columns']):.2%}), persons exact {t['persons_exact']}/{t['files']}, "
            f"records exact {t['records_exact']}/{t['files']}\n"
        )
        parts.append(scores_table("columns by kind", t["by_column"]))
        parts.append(scores_table("cells of columns by kind", t["by_cell"]))
        parts += (
            _listed("wrong", t["wrong"])
            + _listed("right kind, other number of cells", t["inexact"])
            + _listed("unread", t["unread"])
        )
    if "counting" in result:
        c = result["counting"]
        parts.append(
            f"counting: {c['cases']} cases, exact {c['exact']}, accepted {c['accepted']}, "
            f"sums right {c['sums_right']}/{c['sums']}\n"
        )
        parts += _listed("wrong", c["wrong"]) + _listed("unread", c["unread"])
    if "negatives" in result:
        n = result["negatives"]
        parts.append(
            f"tables without persons: {n['files']} files, {len(n['with_persons'])} show persons, "
            f"{len(n['over_a_line'])} reach a line\n"
        )
        parts += (
            _listed("show persons", n["with_persons"]) + _listed("reach a line", n["over_a_line"]) + _listed("unread", n["unread"])
        )
    for name, cells in result.get("cells", {}).items():
        rows = [
            [
                kind,
                level,
                *(s[k] for k in ("found", "missed", "false")),
                f"{s['recall']:.4f}",
                f"{s['precision']:.4f}",
                f"{s['false_share']:.4f}",
            ]
            for kind, levels in cells["kinds"].items()
            for level, s in levels.items()
        ]
        parts.append(
            table(f"cells {name}", rows, ("kind", "evidence", "found", "missed", "false", "recall", "precision", "false share"))
        )
        if cells["as_columns"]:
            c = cells["as_columns"]
            parts.append(f"as columns without a header: {c['right']}/{c['columns']} right\n")
            parts += _listed("wrong", [f"{n} × {what}" for what, n in c["wrong"].items()])
        parts += _listed("kinds without a detector", cells["no_detector"])
    for name, sentences in result.get("sentences", {}).items():
        for kind, scores in sentences["kinds"].items():
            parts.append(scores_table(f"sentences {name}: {kind}", scores))
        parts += _listed(
            "seen and refused (samples, wrong check digits)", [f"{n} × {kind}" for kind, n in sentences["refused"].items()]
        )
    parts += _listed("files not scored", result["not_scored"])
    return "\n".join(parts)


def _listed(title: str, items: list[str]) -> list[str]:
    return [f"{title}:\n" + "\n".join(f"  {item}" for item in items) + "\n"] if items else []


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on labelled folders")
    parser.add_argument("folders", nargs="*", type=Path, default=[FIXTURES])
    parser.add_argument("--json", action="store_true", help="print plain data")
    words = parser.parse_args()
    results = [measure(folder) for folder in words.folders]
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1) if words.json else "\n".join(render(r) for r in results))


if __name__ == "__main__":
    main()

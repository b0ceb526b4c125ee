"""Rebuilds detectors/lexicons/area_codes.tsv: Chinese area codes with the length of local numbers and the place.

Source: the number plan that PyPI phonenumbers carries (google/libphonenumber, Apache-2.0). Every code 010, 02x, 0300–0999 is
tried with local numbers of 7 and 8 digits; a length belongs to a code when numbers of it are valid fixed lines.

    python detectors/lexicons/update/area_codes.py
"""

from __future__ import annotations

from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberType, geocoder

TARGET = Path(__file__).resolve().parent.parent / "area_codes.tsv"
CODES = ["10", *(str(n) for n in range(20, 30)), *(str(n) for n in range(300, 1000))]


def lengths(code: str) -> list[int]:
    """Lengths of local numbers in use under an area code (without its 0)."""
    found = []
    for length in (7, 8):
        samples = (phonenumbers.PhoneNumber(86, int(code + first + "2345678"[: length - 1])) for first in "23568")
        if any(phonenumbers.number_type(sample) == PhoneNumberType.FIXED_LINE for sample in samples):
            found.append(length)
    return found


def place(code: str, length: int) -> str:
    """The place of an area code in Chinese, as the source names it."""
    return str(geocoder.description_for_valid_number(phonenumbers.PhoneNumber(86, int(code + "62345678"[:length])), "zh"))


def main() -> None:
    head = (
        "# Chinese area codes: code, lengths of local numbers, place. "
        f"Source: number plan of google/libphonenumber (PyPI phonenumbers {phonenumbers.__version__}), Apache-2.0"
    )
    rows = []
    for code in CODES:
        known = lengths(code)
        if known:
            rows.append(f"0{code}\t{','.join(map(str, known))}\t{place(code, known[-1])}")
    TARGET.write_text("\n".join([head, "code\tlengths\tplace", *rows, ""]), encoding="utf-8", newline="\n")
    print(f"{len(rows)} area codes")


if __name__ == "__main__":
    main()

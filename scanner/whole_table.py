"""What the columns of a table say together: that it lists firms and institutions, or machines, and nobody.

A column by itself cannot tell: a telephone beside 医院名称 is a switchboard, a 设备号 beside a temperature is a machine's. A person
comes into such a table with a column that speaks of persons.
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.base.detector import Detector
from detectors.base.headers import Header
from detectors.base.titles import names_institution

ORGANISATION = frozenset({"organisation", "social_credit_code"})
PRIVATE = frozenset(
    {
        "resident_id",
        "foreigner_permit",
        "passport",
        "travel_permit",
        "military_id",
        "bank_card",
        "birth_date",
        "sex",
        "medical_record",
        "income",
    }
)
# A number of a device that any machine may bear; an IMEI or an advertising identifier is a telephone's.
MACHINES = frozenset({"device_id"})
# A letter and digits, without a check digit: told by its values only beside a name.
NAMED_ONLY = frozenset({"passport", "travel_permit"})
# Kinds of columns that tables of machines and of goods have as well.
IMPERSONAL = MACHINES | ORGANISATION | {"timestamp", "transaction", "parcel", "mac_address", "vehicle"}


def lists_firms(headers: Sequence[Header], detectors: Sequence[Detector | None]) -> tuple[bool, bool]:
    """(company, directory): some column names an organisation; the table is one of registration data, nothing private in it."""
    kinds = {d.kind for d in detectors if d}
    company = bool(kinds & ORGANISATION)
    if not company and "personal_name" not in kinds:  # 小区名称, 业主, 座机 is a list of owners; 医院名称, 地址, 电话 is not
        company = any(names_institution(header) for header in headers)
    directory = sum(d is not None and d.kind in ORGANISATION for d in detectors) >= 3 and not kinds & PRIVATE
    return company, directory


def lists_machines(detectors: Sequence[Detector | None]) -> bool:
    """Whether numbers of devices stand in a table without any column that speaks of persons or of where somebody was."""
    kinds = {d.kind for d in detectors if d}
    return bool(kinds & MACHINES) and kinds <= IMPERSONAL

"""The catalogue: every kind leakgauge knows, in the order in which it is preferred where two claim the same cell.

A kind with value checks is one module. Kinds told by their header and a cell type stand in `fields.toml`.
"""

from __future__ import annotations

from detectors import (
    address,
    advertising_id,
    bank_card,
    birth_certificate,
    coordinates,
    email,
    foreigner_permit,
    iccid,
    im_account,
    imei,
    imsi,
    ip_address,
    landline_phone,
    mac_address,
    military_id,
    mobile_phone,
    passport,
    personal_name,
    plate_number,
    real_estate_certificate,
    resident_id,
    social_credit_code,
    student_number,
    travel_permit,
    vin,
    waybill,
)
from detectors.base.detector import Detector
from detectors.fields import FIELDS

DETECTORS: tuple[Detector, ...] = (
    resident_id.DETECTOR,
    foreigner_permit.DETECTOR,
    passport.DETECTOR,
    travel_permit.DETECTOR,
    military_id.DETECTOR,
    birth_certificate.DETECTOR,
    student_number.DETECTOR,
    social_credit_code.DETECTOR,
    mobile_phone.DETECTOR,
    landline_phone.DETECTOR,
    email.DETECTOR,
    bank_card.DETECTOR,
    vin.DETECTOR,
    plate_number.DETECTOR,
    real_estate_certificate.DETECTOR,
    imei.DETECTOR,
    imsi.DETECTOR,
    iccid.DETECTOR,
    mac_address.DETECTOR,
    advertising_id.DETECTOR,
    ip_address.DETECTOR,
    coordinates.DETECTOR,
    waybill.DETECTOR,
    *im_account.DETECTORS,
    personal_name.DETECTOR,
    address.DETECTOR,
    *FIELDS,
)

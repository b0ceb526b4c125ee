"""The ledger 台账: what past scans counted, without any value. `Ledger` is the whole of it."""

from scanner.ledger.engine import InUseError, LedgerError
from scanner.ledger.store import Ledger

__all__ = ["InUseError", "Ledger", "LedgerError"]

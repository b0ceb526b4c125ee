"""The schema of the ledger, step by step. A step, once released, is never changed; the next one builds on it."""

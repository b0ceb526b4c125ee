"""Checks before somebody leaves: one person's files added up, dated, traced to their sources, and kept as evidence."""

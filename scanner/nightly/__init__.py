"""Nightly runs: only what is new or changed is opened, and what is different is told once. `run.run` is one night."""

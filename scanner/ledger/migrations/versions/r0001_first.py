"""Runs, contents, files, events and their deliveries, first categories, owners' totals, trend."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("started", sa.String(32), nullable=False),
        sa.Column("finished", sa.String(32)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("roots", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("settings", sa.String(64), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("summary", sa.Text),
    )
    op.create_table(
        "contents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("suffix", sa.String(255), nullable=False),
        sa.Column("settings", sa.String(64), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("scanned", sa.String(32), nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("tables", sa.Text, nullable=False),
        sa.Column("unread", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("judged", sa.Text, nullable=False),
        sa.Column("over", sa.Integer, nullable=False),
        sa.Column("categories", sa.Text, nullable=False),
        sa.Column("tally", sa.LargeBinary),
    )
    op.create_index("contents_identity", "contents", ["digest", "suffix", "settings", "key"], unique=True)
    op.create_table(
        "files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("stamp", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified", sa.String(32), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("content", sa.Integer, sa.ForeignKey("contents.id")),
        sa.Column("unread", sa.Text, nullable=False),
        sa.Column("first_seen", sa.String(32), nullable=False),
        sa.Column("first_run", sa.Integer, nullable=False),
        sa.Column("changed_run", sa.Integer, nullable=False),
        sa.Column("gone_run", sa.Integer),
    )
    for column in ("content", "owner", "folder"):
        op.create_index(f"files_{column}", "files", [column])
    op.create_table(
        "events",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("events_run", "events", ["run"])
    op.create_table(
        "deliveries",
        sa.Column("event", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(100), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("first_run", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
    )
    op.create_table(
        "owners",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("judged", sa.Text, nullable=False),
    )
    op.create_table(
        "trend",
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("strict", sa.Float, nullable=False),
        sa.Column("prevailing", sa.Float, nullable=False),
        sa.Column("lenient", sa.Float, nullable=False),
    )

"""Drills: exports planted to be caught."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("planted", sa.String(32), nullable=False),
        sa.Column("caught", sa.String(32)),
        sa.Column("run", sa.Integer),
    )

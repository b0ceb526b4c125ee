"""The tables of the ledger, as the newest migration leaves them. Times are text, ISO 8601 in UTC; lists and maps are JSON text.

Nothing here holds a value of a cell: paths, titles of columns (masked), counts, and keyed hashes.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", String(32), nullable=False),
    Column("finished", String(32)),
    Column("state", String(16), nullable=False),  # running | finished | interrupted
    Column("roots", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("settings", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("summary", Text),
)

# What one content is, whatever files hold it. suffix: it breaks ties between formats, so it belongs to the identity.
CONTENTS = Table(
    "contents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("suffix", String(255), nullable=False),
    Column("settings", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("scanned", String(32), nullable=False),
    Column("versions", Text, nullable=False),
    Column("status", String(8), nullable=False),  # read | partly | unread
    Column("tables", Text, nullable=False),
    Column("unread", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("judged", Text, nullable=False),
    Column("over", Integer, nullable=False),  # 1: the strict reading sees a line reached
    Column("categories", Text, nullable=False),
    Column("tally", LargeBinary),  # NULL: nothing was counted
    Index("contents_identity", "digest", "suffix", "settings", "key", unique=True),
)

FILES = Table(
    "files",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("root", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("stamp", String(100), nullable=False),  # size, times and inode as the system tells them; "": look again
    Column("size", BigInteger, nullable=False),
    Column("modified", String(32), nullable=False),
    Column("owner", Text, nullable=False),
    Column("content", Integer, ForeignKey("contents.id")),  # NULL: could not be opened
    Column("unread", Text, nullable=False),  # why, when there is no content
    Column("first_seen", String(32), nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("changed_run", Integer, nullable=False),
    Column("gone_run", Integer),
    Index("files_content", "content"),
    Index("files_owner", "owner"),
    Index("files_folder", "folder"),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("run", Integer, nullable=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("path", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("events_run", "run"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("event", String(64), primary_key=True),
    Column("channel", String(100), primary_key=True),
    Column("at", String(32), nullable=False),
)

CATEGORIES = Table(
    "categories",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("first_run", Integer, nullable=False),
    Column("path", Text, nullable=False),
)

OWNERS = Table(
    "owners",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("judged", Text, nullable=False),
)

TREND = Table(
    "trend",
    METADATA,
    Column("run", Integer, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("files", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("strict", Float, nullable=False),
    Column("prevailing", Float, nullable=False),
    Column("lenient", Float, nullable=False),
)

DRILLS = Table(
    "drills",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("planted", String(32), nullable=False),
    Column("caught", String(32)),
    Column("run", Integer),  # the first run that looked for it
)

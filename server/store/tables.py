"""The tables of the store. Columns that say anything about a person are bytes, closed by :mod:`~.sealing`.

Plain are only numbers, times, ids and the names of strategies: what an operator counts. Times are seconds since 1970,
UTC. The tables are made and changed by the revisions in ``migrations``; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STORE = Table(
    "store",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("check", LargeBinary, nullable=False),  # known words closed with the key: a wrong key is told at once
)

CALLS = Table(
    "calls",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("caller", String(64), nullable=False, index=True),  # "" where nobody said who calls
    Column("language", String(16), nullable=False),
    Column("started", Float, nullable=False, index=True),
    Column("ended", Float),  # None while it runs, and for ever after a crash
    Column("words", Boolean, nullable=False),  # whether the caller lets their words be kept
    Column("lost", Integer, nullable=False, server_default="0"),  # turns that could not be written in time
    Column("link", String(64), nullable=False, server_default="", index=True),  # hash of the caller's report link
)

TURNS = Table(
    "turns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("at_s", Float, nullable=False),  # on the call's own clock
    Column("stage", String(32), nullable=False),
    Column("strategy", String(64), nullable=False),
    Column("risk", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("figures", LargeBinary, nullable=False),  # tags, plan and times, without words
    Column("words", LargeBinary),  # what was said and heard; None without consent
    UniqueConstraint("call", "number"),
)

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("caller", String(64), nullable=False, index=True),
    Column("call", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("value", String(16), nullable=False),
    Column("how", String(32), nullable=False),
    Column("at", Float, nullable=False),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("caller", String(64), nullable=False, index=True),
    Column("call", String(32), nullable=False, index=True),
    Column("turn", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),  # text, words, mood, vector: all of it closed
)

ACCESSES = Table(
    "accesses",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call", String(32), nullable=False, index=True),
    Column("who", String(32), nullable=False),  # beginning of a hash of the operator's token
    Column("what", String(32), nullable=False),
    Column("at", Float, nullable=False),
)
"""Who of the operators read a call's words, and when: shown to the caller with their report."""

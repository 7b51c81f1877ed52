"""What the tables are made of, the same on PostgreSQL and SQLite.

Times are RFC 3339 text in UTC with microseconds, so that they sort as text; JSON is ASCII text, hashed and kept as
written. Indexes are partial on what is open: cost follows the open work, not the archive.
"""

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Text, text

METADATA = MetaData()
Serial = BigInteger().with_variant(Integer, "sqlite")


def text_column(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def number_column(name: str, *, null: bool = False, default: str | None = None) -> Column[int]:
    return Column(name, BigInteger, nullable=null, server_default=default)


def flag_column(name: str, default: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(default))

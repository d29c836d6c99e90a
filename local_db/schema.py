"""Which version of the tables a database has, and how it comes to the present one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from local_db.tables import METADATA

VERSIONS = ("0001",)
"""Every version there has been, oldest first; the last is what this Tieout needs."""

_LOCK = 7_110_425
_VERSION_TABLE = """
CREATE TABLE alembic_version (
version_num VARCHAR(32) NOT NULL,
CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""


def version_of(db: Connection) -> str | None:
    """The version of the tables, or None when this is no workspace."""
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_empty(db: Connection) -> bool:
    return not set(inspect(db).get_table_names()) & {*METADATA.tables, "alembic_version"}


def one_at_a_time(db: Connection) -> None:
    """Let no other process make or change tables until this step ends (SQLite's writers are alone anyway)."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})


def make(db: Connection) -> None:
    """All tables, stamped with the present version."""
    METADATA.create_all(db)
    db.execute(text(_VERSION_TABLE))
    db.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSIONS[-1]})


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring an older workspace to the present version, in one step."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with engine.execution_options(writing=True).begin() as db:
        one_at_a_time(db)
        config.attributes["connection"] = db
        command.upgrade(config, to)

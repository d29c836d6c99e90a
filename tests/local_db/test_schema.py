"""Migrations lead to exactly the tables the code declares, on both databases; older workspaces are brought along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import local_db
from local_db import schema
from local_db.engine import postgres_engine, sqlite_engine
from local_db.tables import METADATA


def _engine(where: str) -> Engine:
    return postgres_engine(where, 10) if "://" in where else sqlite_engine(Path(where), 10)


def _shape(db: Connection) -> list[Any]:
    """Every table and index as the database itself tells it, columns in order of name."""
    if db.dialect.name == "sqlite":
        found = db.execute(text("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"))
        return [(name, sorted(part.strip(" ,\n\t") for part in sql.splitlines())) for name, sql in found]
    columns = text(
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, column_name"
    )
    indexes = text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2")
    return [tuple(row) for asked in (columns, indexes) for row in db.execute(asked)]


def test_migrations_make_what_the_code_declares(where: str) -> None:
    engine = _engine(where)
    schema.upgrade(engine)
    with engine.execution_options(writing=True).begin() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert schema.version_of(db) == schema.VERSIONS[-1]
        migrated = _shape(db)
        METADATA.drop_all(db)
        db.execute(text("DROP TABLE alembic_version"))
        assert schema.is_empty(db)
        schema.make(db)
        assert _shape(db) == migrated
    engine.dispose()


def test_the_versions_listed_are_those_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(local_db.__file__).with_name("migrations")))
    script = ScriptDirectory.from_config(config)
    assert tuple(each.revision for each in reversed(list(script.walk_revisions()))) == schema.VERSIONS

"""Where alembic begins: on the connection that `schema.upgrade` opened, in its one step."""

from __future__ import annotations

from alembic import context

from local_db.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()

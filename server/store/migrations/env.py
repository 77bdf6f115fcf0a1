"""Run by alembic: revisions on the connection that the store hands over. No files and no logging of its own."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from warmline.server.store.tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # so alembic calls it; an ordinary import does nothing
    _run(context.config.attributes["connection"])

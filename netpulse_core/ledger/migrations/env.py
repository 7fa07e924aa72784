"""Runs the steps on the connection that `schema.upgrade` holds, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()

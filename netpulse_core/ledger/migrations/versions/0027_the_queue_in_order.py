"""The queue in the order that claims walk it."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Index what is queued by rank and number: by rank alone, PostgreSQL sorted the whole queue at each claim."""
    queued = sa.text("state = 'queued'")
    op.drop_index("ix_jobs_queued", "jobs")
    op.create_index("ix_jobs_queued", "jobs", ["rank", "id"], sqlite_where=queued, postgresql_where=queued)

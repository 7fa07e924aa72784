"""The command rules a run's caller was held to, recorded with the run."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the rules; runs of before have none."""
    op.add_column("runs", sa.Column("commands", sa.JSON(), nullable=True))

"""How old an answer was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Let an output say how old its answer was."""
    op.add_column("outputs", sa.Column("age", sa.Double(), nullable=True))

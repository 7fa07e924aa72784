"""Where a step belongs among the others, and how severe it is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let an output say which task it is of, and its level."""
    op.add_column("outputs", sa.Column("path", sa.JSON(), nullable=True))
    op.add_column("outputs", sa.Column("severity", sa.Integer(), nullable=True))

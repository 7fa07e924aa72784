"""When API keys end, when they were used, what they are narrowed to, and which key each replaces."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; keys that exist keep their role, do not end, and are narrowed to nothing."""
    for column in (
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("scope", sa.JSON(), nullable=True),
        sa.Column("replaces", sa.Text(), nullable=True),
    ):
        op.add_column("api_keys", column)

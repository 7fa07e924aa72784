"""Who is told of events, and how far."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UNPLACED, PLACED = sa.text("position IS NULL"), sa.text("position > 0")


def upgrade() -> None:
    """Create the table of observers, and give events a place among all; of what has happened nobody is told."""
    op.create_table(
        "observers",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("plugin"),
    )
    op.add_column("outbox", sa.Column("position", sa.BigInteger(), nullable=True))
    op.execute("UPDATE outbox SET position = 0")
    op.create_index("ix_outbox_unplaced", "outbox", ["id"], sqlite_where=UNPLACED, postgresql_where=UNPLACED)
    op.create_index(
        "ux_outbox_position", "outbox", ["position"], unique=True, sqlite_where=PLACED, postgresql_where=PLACED
    )

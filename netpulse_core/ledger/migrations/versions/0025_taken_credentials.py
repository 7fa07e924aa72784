"""Which of several credentials a device took last, and refusals that count for no brake."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Create the table of taken credentials; every refusal of before counts."""
    op.create_table(
        "taken_credentials",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=True),
        sa.Column("since", sa.Double(), nullable=True),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("device", "driver"),
    )
    op.add_column("refusals", sa.Column("spared", sa.Boolean(), nullable=False, server_default=sa.false()))

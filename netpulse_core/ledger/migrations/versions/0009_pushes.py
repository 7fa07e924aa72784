"""What is known of a push while it is under way or in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table of pushes whose end is not known yet."""
    op.create_table(
        "pushes",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sessions", sa.JSON(), nullable=False),
        sa.Column("baseline", sa.LargeBinary(), nullable=True),
        sa.Column("reconciler", sa.Text(), nullable=True),
        sa.Column("look_at", sa.Double(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"]),
        sa.PrimaryKeyConstraint("job_id"),
    )

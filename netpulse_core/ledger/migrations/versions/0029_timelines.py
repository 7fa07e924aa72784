"""Which history of PostgreSQL the ledger goes by: a standby that was promoted has another one."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make room for its name, which the next process that writes will note."""
    op.create_table(
        "timelines",
        sa.Column("id", sa.Integer(), sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
    )

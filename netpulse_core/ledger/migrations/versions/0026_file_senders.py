"""Who has sent the content of a file."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Create the table; of contents of before nobody is known as their sender."""
    op.create_table(
        "file_senders",
        sa.Column("sha256", sa.Text(), sa.ForeignKey("file_contents.sha256"), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "caller"),
    )

"""The git repositories that configurations are written to, and what is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create the tables of the history of configurations."""
    op.create_table(
        "config_repositories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("commits", sa.Integer(), nullable=False),
        sa.Column("exported_at", sa.Double(), nullable=True),
        sa.Column("pushed", sa.Text(), nullable=False),
        sa.Column("pushed_at", sa.Double(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("retry_at", sa.Double(), nullable=True),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "config_exports",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["repository"], ["config_repositories.id"]),
        sa.ForeignKeyConstraint(["version"], ["config_versions.id"]),
        sa.PrimaryKeyConstraint("repository", "version"),
    )
    op.create_index("ix_config_exports_version", "config_exports", ["version"])

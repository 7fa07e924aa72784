"""What stands of devices and checks, what changed in it, and which runs were compared with it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

UNFOLDED = sa.text("folded_at IS NULL")
EVIDENT = sa.text("evidence IS NOT NULL")


def _evident(table: str) -> None:
    op.create_index(f"ix_{table}_evidence", table, ["evidence"], sqlite_where=EVIDENT, postgresql_where=EVIDENT)


def upgrade() -> None:
    """Create the tables; runs that judged before are compared with nothing."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "findings",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("known", sa.Text(), nullable=True),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("first_failed", sa.Double(), nullable=True),
        sa.Column("last_passed", sa.Double(), nullable=True),
        sa.Column("flaps", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["evidence"], ["blobs.hash"]),
        sa.PrimaryKeyConstraint("device", "check"),
    )
    op.create_index("ix_findings_check", "findings", ["check", "verdict"])
    _evident("findings")
    op.create_table(
        "finding_changes",
        sa.Column("id", number, nullable=False, autoincrement=True),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("was_since", sa.Double(), nullable=True),
        sa.Column("trend", sa.Text(), nullable=True),
        sa.Column("first_failed", sa.Double(), nullable=True),
        sa.Column("last_passed", sa.Double(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["evidence"], ["blobs.hash"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_finding_changes_finding", "finding_changes", ["device", "check", "id"])
    op.create_index("ix_finding_changes_run", "finding_changes", ["run"])
    op.create_index("ix_finding_changes_at", "finding_changes", ["at"])
    _evident("finding_changes")
    op.create_table(
        "judged_devices",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.Double(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["checks"], ["blobs.hash"]),
        sa.PrimaryKeyConstraint("device", "checks"),
    )
    op.create_index("ix_judged_devices_judged_at", "judged_devices", ["judged_at"])
    op.create_index("ix_judged_devices_checks", "judged_devices", ["checks"])
    op.create_table(
        "judgements",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("place", number, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("last_change", number, nullable=True),
        sa.Column("folded_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("ix_judgements_unfolded", "judgements", ["run"], sqlite_where=UNFOLDED, postgresql_where=UNFOLDED)

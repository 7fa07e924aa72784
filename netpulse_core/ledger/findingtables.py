"""The tables of compliance: what stands of each device and check, what changed, and which runs were compared."""

from sqlalchemy import JSON, Column, Double, ForeignKey, Index, Integer, Table, Text, text

from netpulse_core.ledger.tables import counter, metadata

UNFOLDED = text("folded_at IS NULL")
EVIDENT = text("evidence IS NOT NULL")

findings = Table(
    "findings",
    metadata,
    Column("device", Text, primary_key=True),
    Column("check", Text, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    # The last verdict by which it was known whether the device complies.
    Column("known", Text),
    Column("since", Double, nullable=False),
    Column("first_failed", Double),
    Column("last_passed", Double),
    Column("flaps", Integer, nullable=False),
    Column("run", Text, nullable=False),
    Column("evidence", Text, ForeignKey("blobs.hash")),
    Index("ix_findings_check", "check", "verdict"),
    Index("ix_findings_evidence", "evidence", sqlite_where=EVIDENT, postgresql_where=EVIDENT),
)

finding_changes = Table(
    "finding_changes",
    metadata,
    Column("id", counter, primary_key=True, autoincrement=True),
    Column("run", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("check", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("severity", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("was", Text),
    Column("was_since", Double),
    Column("trend", Text),
    Column("first_failed", Double),
    Column("last_passed", Double),
    Column("evidence", Text, ForeignKey("blobs.hash")),
    Index("ix_finding_changes_finding", "device", "check", "id"),
    Index("ix_finding_changes_run", "run"),
    Index("ix_finding_changes_at", "at"),
    Index("ix_finding_changes_evidence", "evidence", sqlite_where=EVIDENT, postgresql_where=EVIDENT),
)

judged_devices = Table(
    "judged_devices",
    metadata,
    Column("device", Text, primary_key=True),
    # The names of the checks it was judged by.
    Column("checks", Text, ForeignKey("blobs.hash"), primary_key=True),
    Column("judged_at", Double, nullable=False),
    Column("run", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("failing", Integer, nullable=False),
    Index("ix_judged_devices_judged_at", "judged_at"),
    Index("ix_judged_devices_checks", "checks"),
)

judgements = Table(
    "judgements",
    metadata,
    Column("run", Text, primary_key=True),
    # The last job that was compared, what came of it so far, and the last change that this run knows of.
    Column("place", counter, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("told", JSON, nullable=False),
    Column("last_change", counter),
    Column("folded_at", Double),
    Index("ix_judgements_unfolded", "run", sqlite_where=UNFOLDED, postgresql_where=UNFOLDED),
)

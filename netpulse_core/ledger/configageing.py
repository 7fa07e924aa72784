"""Configurations that are too old: versions that were not seen for so long, but never the last good one of a device."""

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select

from netpulse_core.ledger import sealedconfigs
from netpulse_core.ledger.ageing import BATCH
from netpulse_core.ledger.backuptables import config_exports, config_suspects, config_versions


def remove(connection: Connection, before: float) -> int:
    """Remove a piece of what was not seen since this instant, and return how much it was."""
    old = select(config_versions.c.id, config_versions.c.sealed).where(_old(before))
    versions = connection.execute(old.order_by(config_versions.c.id).limit(BATCH)).all()
    query = select(config_suspects.c.id, config_suspects.c.sealed).where(config_suspects.c.last_seen_at < before)
    suspects = connection.execute(query.limit(BATCH)).all()
    ids = [row.id for row in versions]
    if ids:
        connection.execute(delete(config_exports).where(config_exports.c.version.in_(ids)))
        connection.execute(delete(config_versions).where(config_versions.c.id.in_(ids)))
    if suspects:
        connection.execute(delete(config_suspects).where(config_suspects.c.id.in_([row.id for row in suspects])))
    # What an accepted capture became may hold the same envelope.
    sealed = [row.sealed for row in (*versions, *suspects) if row.sealed is not None]
    tables = (config_versions, config_suspects)
    needed = {
        one for table in tables for one in connection.scalars(select(table.c.sealed).where(table.c.sealed.in_(sealed)))
    }
    sealedconfigs.forget(connection, [one for one in set(sealed) if one not in needed])
    return len(versions) + len(suspects)


def due(connection: Connection, before: float) -> int:
    """Return how much `remove` would remove."""
    versions = connection.scalar(select(func.count()).select_from(config_versions).where(_old(before))) or 0
    suspects = select(func.count()).select_from(config_suspects).where(config_suspects.c.last_seen_at < before)
    return versions + (connection.scalar(suspects) or 0)


def _old(before: float) -> ColumnElement[bool]:
    later = config_versions.alias()
    newer = exists().where(later.c.device == config_versions.c.device, later.c.number > config_versions.c.number)
    return and_(config_versions.c.last_seen_at < before, newer)

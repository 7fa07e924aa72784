"""What keeps a job from its device: the one that holds it, and a diagnostic read that is at work."""

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, not_

from netpulse_core.ledger.tables import held, holds, jobs


def diagnoses(alias: FromClause = jobs) -> ColumnElement[bool]:
    """Whether a job is the diagnostic read that its device is at work for."""
    return and_(held(alias), alias.c.diagnostic.is_not(None))


def in_the_way(holder: FromClause) -> ColumnElement[bool]:
    """Whether another job keeps this one of the same device from being claimed, as far as it is the one that holds it.

    A doubt does not keep a diagnostic read away; whatever may still be at work does.
    """
    beside = and_(jobs.c.diagnostic.is_not(None), holder.c.state == literal_column("'in_doubt'"))
    return and_(holder.c.device_key == jobs.c.device_key, holds(holder), not_(beside))


def is_read_by(reader: FromClause) -> ColumnElement[bool]:
    """Whether another job is a diagnostic read at work on the device: nothing begins beside one but a doubt's end."""
    return and_(reader.c.device_key == jobs.c.device_key, diagnoses(reader))

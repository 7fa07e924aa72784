"""What keeps a job from its device: the one that holds it, and a diagnostic read that is at work."""

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, not_, or_, select

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


def undisturbed() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which no job is in the way of a queued one, and none reads its device.

    They say what the two above say, as lists of devices, which are made once for a statement. Looked up for each queued
    job, PostgreSQL walked every job at work for every one of them where it had counted while nothing was at work.
    """
    holder = jobs.alias()
    taken = select(holder.c.device_key).where(holds(holder))
    at_work = taken.where(holder.c.state != literal_column("'in_doubt'"))
    beside = and_(jobs.c.diagnostic.is_not(None), jobs.c.device_key.not_in(at_work))
    reader = jobs.alias()
    return (
        or_(jobs.c.device_key.not_in(taken), beside),
        jobs.c.device_key.not_in(select(reader.c.device_key).where(diagnoses(reader))),
    )

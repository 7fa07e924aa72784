"""The invariants: what the ledger says is held against what the devices saw, and never against itself."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.asks import named
from tests.faults.journal import Journal, Line
from tests.faults.record import JobSaid, Record
from tests.faults.spans import Span, within

LATE = 60.0
"""Seconds after its deadline by which a job has an outcome, or is seen to be in doubt."""

NOTHING_STANDS = frozenset(
    {
        "blocked", "skipped", "cancelled", "expired", "unreachable", "auth_failed", "host_key_changed", "quarantined",
        "failed", "rejected", "timed_out", "not_applied", "rolled_back",
    }
)  # fmt: skip
NOBODY_KNOWS = frozenset({"in_doubt", "needs_operator"})
"""What may be anything on the device, and is seen by whoever asked."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must never happen, with the evidence."""

    what: str
    where: str
    evidence: str


class _Seen:
    """The lines of ours that each device saw, by token."""

    def __init__(self, journal: Journal) -> None:
        self.of_job: dict[tuple[str, str], list[Line]] = defaultdict(list)
        self.of_device: dict[str, list[Line]] = defaultdict(list)
        self.configured: Counter[str] = Counter()
        for session in journal.sessions:
            self.configured[session.device] += session.configured
        for line in journal.lines:
            if (name := named(line.text)) is not None:
                self.of_job[name[0], line.session.device].append(line)
                self.of_device[line.session.device].append(line)


def violations(
    record: Record, journal: Journal, answers: Mapping[str, Collection[str]], asleep: Sequence[Span] = ()
) -> list[Violation]:
    """Return all of them.

    `answers` are the runs callers were told of, by the key they asked with; `asleep` is when nobody could do anything,
    which is not counted as being late.
    """
    seen = _Seen(journal)
    return [
        *_keys(record, answers),
        *(one for job in record.jobs for one in _settling(job, asleep)),
        *(one for job in record.jobs if job.changes for one in _pushing(job, seen)),
        *_strangers(record, seen),
        *_sessions(record, seen),
        *(one for lines in seen.of_device.values() for one in _interleaving(lines)),
    ]


def _keys(record: Record, answers: Mapping[str, Collection[str]]) -> Iterator[Violation]:
    """One run per idempotency key, and the one that was answered is there."""
    for key, runs in record.keys.items():
        if len(runs) > 1:
            yield Violation("two runs under one key", key, ", ".join(runs))
    for key, told in answers.items():
        if set(told) != set(record.keys.get(key, ())):
            yield Violation("another run than was answered", key, f"{sorted(told)}, {record.keys.get(key)}")


def _settling(job: JobSaid, asleep: Sequence[Span]) -> Iterator[Violation]:
    """Terminal, or visibly in doubt, by the deadline and a minute."""
    if job.outcome is None or job.settled_at is None:
        yield _of(job, "lost", ())
        return
    late = job.settled_at - job.deadline_at - within(asleep, job.deadline_at, job.settled_at)
    if late > LATE:
        yield _of(job, f"settled {late:.1f} s after its deadline", ())


def _pushing(job: JobSaid, seen: _Seen) -> Iterator[Violation]:
    """One session for one attempt, each line at most once, and the outcome as it is on the device."""
    token = (named(job.lines[0]) or ("", 0))[0]
    lines = seen.of_job[token, job.device]
    applied = [line.text for line in lines if line.applied]
    if job.crossings > 1:
        yield _of(job, "passed its point of no return twice", lines)
    if len({line.session.number for line in lines}) > 1:
        yield _of(job, "pushed in two sessions", lines)
    if [text for text, times in Counter(applied).items() if times > 1]:
        yield _of(job, "pushed twice", lines)
    if lines and not job.crossings:
        yield _of(job, "sent before its point of no return", lines)
    if applied != list(job.lines)[: len(applied)]:
        yield _of(job, "pushed in another order", lines)
    if not job.resolved and not _is_true(job, applied):
        yield _of(job, "the outcome is not what the device shows", lines)


def _is_true(job: JobSaid, applied: Sequence[str]) -> bool:
    if job.outcome == "changed":
        return list(applied) == list(job.lines)
    if job.outcome in NOTHING_STANDS:
        return not applied
    if job.outcome == "partial":
        return 0 < len(applied) < len(job.lines)
    return job.outcome in NOBODY_KNOWS or job.outcome is None


def _strangers(record: Record, seen: _Seen) -> Iterator[Violation]:
    """No device saw a line that nobody asked it to have."""
    asked = {(line, job.device) for job in record.jobs for line in job.lines}
    for (token, device), lines in seen.of_job.items():
        if any((line.text, device) not in asked for line in lines):
            yield Violation("a line that nobody asked for", f"{token} {device}", _shown(lines))


def _sessions(record: Record, seen: _Seen) -> Iterator[Violation]:
    """A device is configured at most as often as jobs passed their point of no return."""
    crossings: Counter[str] = Counter()
    for job in record.jobs:
        crossings[job.device] += job.crossings
    for device, times in seen.configured.items():
        if times > crossings[device]:
            evidence = f"entered {times} times, {crossings[device]} points of no return"
            yield Violation("configuration mode without a point of no return", device, evidence)


def _interleaving(lines: Sequence[Line]) -> Iterator[Violation]:
    """No session's lines come between another's of one push."""
    gone: set[tuple[int, str]] = set()
    last: tuple[int, str] | None = None
    for line in lines:
        name = named(line.text)
        assert name is not None
        one = line.session.number, name[0]
        if one != last and last is not None:
            gone.add(last)
        if one in gone:
            around = [other for other in lines if abs(other.order - line.order) < 40]
            yield Violation("interleaved", f"{name[0]} {line.session.device}", _shown(around))
            return
        last = one


def _of(job: JobSaid, what: str, lines: Sequence[Line]) -> Violation:
    said = f"ledger: {job.state} {job.outcome}, deadline {job.deadline_at:.3f}"
    return Violation(what, f"{job.run} {job.device}", "\n".join([said, *job.events, "device:", _shown(lines)]))


def _shown(lines: Sequence[Line]) -> str:
    return "\n".join(
        f"{line.at:.3f} session {line.session.number} {'applied' if line.applied else 'saw'} {line.text}"
        for line in lines
    )

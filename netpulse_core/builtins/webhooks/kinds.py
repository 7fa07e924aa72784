"""The kinds of events there are, by name."""

from netpulse_core import events

KINDS = frozenset(one.kind.value for one in events.Event.__subclasses__())

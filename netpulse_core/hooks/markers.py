"""The marks of hooks: `hookspec` of what may be answered, `hookimpl` of an answer."""

import pluggy

PROJECT = "netpulse"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

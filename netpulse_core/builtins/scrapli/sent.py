"""Which lines of a task's a call of one of scrapli's methods sends, for callers who may not send every line."""

from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core.builtins.scrapli.platforms import SAVES, scrapli_name
from netpulse_core.builtins.told import given, of_file, of_push, of_text, of_texts, of_turns


def sent(platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the lines of a call that is neither a read nor a command, None where they cannot be told."""
    match method:
        case "acquire_priv":
            return ()  # the name of a mode, and scrapli knows the way to it
        case "converse":
            return of_turns(given(args, kwargs, "turns").get("turns"))
        case "push":
            return of_push(given(args, kwargs, "lines"), SAVES.get(scrapli_name(platform), ""))
        case "send_config":
            return of_text(given(args, kwargs, "config").get("config"))
        case "send_configs":
            return of_texts(given(args, kwargs, "configs").get("configs"))
        case "send_configs_from_file":
            return of_file(given(args, kwargs, "file").get("file"))
        case "send_interactive":
            return _of_events(given(args, kwargs, "interact_events").get("interact_events"))
    return None


def _of_events(events: Any) -> Sequence[str] | None:
    if type(events) not in (list, tuple) or not all(type(event) in (list, tuple) and event for event in events):
        return None
    return of_texts([event[0] for event in events])

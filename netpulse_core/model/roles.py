"""Roles as data: who may do what. Nothing is permitted that no role lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing a role may do; `docs/access.md` says which routes need it."""

    SITE_READ = "site.read"
    RUNS_READ = "runs.read"
    CONFIGS_READ = "configs.read"
    CONFIGS_REVEAL = "configs.reveal"
    CONFIGS_ACCEPT = "configs.accept"
    READS_RUN = "reads.run"
    READS_DIAGNOSE = "reads.diagnose"
    CHANGES_RUN = "changes.run"
    RUNS_CANCEL = "runs.cancel"
    RUNS_CANCEL_OTHERS = "runs.cancel.others"
    RUNS_RESOLVE = "runs.resolve"
    TEXT_USE = "text.use"
    FILES_READ = "files.read"
    FILES_WRITE = "files.write"
    HOST_KEYS_WRITE = "hostkeys.write"
    BREAKERS_CLOSE = "breakers.close"
    BRAKES_RELEASE = "brakes.release"
    FREEZES_BEGIN = "freezes.begin"
    FREEZES_END = "freezes.end"
    SCHEDULES_WRITE = "schedules.write"
    SCHEDULES_PAUSE = "schedules.pause"
    WINDOWS_OVERRIDE = "windows.override"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_SEND = "webhooks.send"
    AUDIT_READ = "audit.read"
    KEYS_READ = "keys.read"
    KEYS_WRITE = "keys.write"


MEANING: Mapping[Permission, str] = {
    Permission.SITE_READ: "look at devices, runbooks, plugins, schedules, nodes, sessions, breakers and freezes",
    Permission.RUNS_READ: "look at runs, what devices answered in them, and their events",
    Permission.CONFIGS_READ: "look at configurations that are kept, their secrets masked",
    Permission.CONFIGS_REVEAL: "read configurations, and files of devices, with the secrets in them",
    Permission.CONFIGS_ACCEPT: "take a capture in quarantine for the configuration of its device",
    Permission.READS_RUN: "run runbooks that read",
    Permission.READS_DIAGNOSE: "read a device in doubt, beside the doubt",
    Permission.CHANGES_RUN: "run runbooks that change devices",
    Permission.RUNS_CANCEL: "cancel runs of one's own",
    Permission.RUNS_CANCEL_OTHERS: "cancel the runs of others",
    Permission.RUNS_RESOLVE: "say what a device in doubt really shows",
    Permission.TEXT_USE: "render templates and parse text",
    Permission.FILES_READ: "list and fetch files",
    Permission.FILES_WRITE: "keep files, and forget their names",
    Permission.HOST_KEYS_WRITE: "approve and forget host keys",
    Permission.BREAKERS_CLOSE: "let a device be tried at once",
    Permission.BRAKES_RELEASE: "let a credential be used again",
    Permission.FREEZES_BEGIN: "freeze devices",
    Permission.FREEZES_END: "thaw devices",
    Permission.SCHEDULES_WRITE: "make, change and remove schedules by API, and apply those of files",
    Permission.SCHEDULES_PAUSE: "pause schedules, and resume them",
    Permission.WINDOWS_OVERRIDE: "let a run pass maintenance windows and blackouts, with a reason",
    Permission.WEBHOOKS_READ: "look at endpoints, deliveries and hooks",
    Permission.WEBHOOKS_SEND: "test endpoints and replay deliveries",
    Permission.AUDIT_READ: "read who did what, and anchor it",
    Permission.KEYS_READ: "list API keys",
    Permission.KEYS_WRITE: "make, rotate and revoke API keys",
}

NEVER_NARROWED = frozenset(
    {
        Permission.BRAKES_RELEASE,
        Permission.FREEZES_BEGIN,
        Permission.FREEZES_END,
        Permission.SCHEDULES_WRITE,
        Permission.SCHEDULES_PAUSE,
        Permission.WEBHOOKS_READ,
        Permission.WEBHOOKS_SEND,
        Permission.AUDIT_READ,
        Permission.KEYS_READ,
        Permission.KEYS_WRITE,
    }
)
"""What concerns the whole site: a narrowed caller has none of it, whatever its role; it could undo its narrowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A name for what may be done."""

    name: str
    sentence: str
    permissions: frozenset[Permission]


_LOOK = {Permission.SITE_READ, Permission.RUNS_READ, Permission.CONFIGS_READ}
_READ = _LOOK | {Permission.READS_RUN, Permission.RUNS_CANCEL, Permission.TEXT_USE, Permission.FILES_READ}
_CHANGE = _READ | {
    Permission.READS_DIAGNOSE,
    Permission.CHANGES_RUN,
    Permission.RUNS_CANCEL_OTHERS,
    Permission.RUNS_RESOLVE,
    Permission.FILES_WRITE,
    Permission.BREAKERS_CLOSE,
    Permission.FREEZES_BEGIN,
    Permission.SCHEDULES_WRITE,
    Permission.SCHEDULES_PAUSE,
    Permission.WEBHOOKS_READ,
}
_APPROVE = _LOOK | {
    Permission.FILES_READ,
    Permission.RUNS_CANCEL_OTHERS,
    Permission.HOST_KEYS_WRITE,
    Permission.CONFIGS_REVEAL,
    Permission.CONFIGS_ACCEPT,
    Permission.BRAKES_RELEASE,
    Permission.FREEZES_BEGIN,
    Permission.FREEZES_END,
    Permission.SCHEDULES_PAUSE,
    Permission.WINDOWS_OVERRIDE,
    Permission.WEBHOOKS_READ,
    Permission.AUDIT_READ,
}


def _role(name: str, sentence: str, permissions: Iterable[Permission]) -> Role:
    return Role(name=name, sentence=sentence, permissions=frozenset(permissions))


BUILT_IN: Mapping[str, Role] = {
    role.name: role
    for role in (
        _role("viewer", "Looks.", _LOOK),
        _role("operator", "Runs what reads.", _READ),
        _role("engineer", "Changes devices.", _CHANGE),
        _role("approver", "Says yes to what others ask for, and stops what they do; runs nothing.", _APPROVE),
        _role("admin", "Does everything, and makes the keys.", Permission),
    )
}

"""The roles of a site: those every site has, and those its netpulse.toml adds."""

from collections.abc import Mapping

from netpulse_core.blame import blamed
from netpulse_core.bounds import RoleTable
from netpulse_core.controller.access import EVERYBODY
from netpulse_core.errors import did_you_mean
from netpulse_core.model.commandrules import CommandRules, problems
from netpulse_core.model.roles import BUILT_IN, Permission, Role
from netpulse_core.settings import Settings


def roles_of(settings: Settings) -> Mapping[str, Role]:
    """Return every role by its name; raise SiteError for one that cannot be."""
    own = {name: _role(name, table, settings) for name, table in settings.roles.items()}
    roles = {**BUILT_IN, **own}
    for key in ("schedule_role", "hook_role"):
        if (role := getattr(settings, key)) not in roles:
            raise blamed(settings.site, key, f"no role {role!r}{did_you_mean(role, roles)}")
    return roles


def commands_of(settings: Settings, roles: Mapping[str, Role]) -> Mapping[str, CommandRules]:
    """Return what may be sent to devices by role; raise SiteError for a role that is none, or a pattern of no line."""
    for name, table in settings.commands.items():
        key = f"commands.{name}"
        if name != EVERYBODY and name not in roles:
            raise blamed(settings.site, key, f"no role {name!r}{did_you_mean(name, [EVERYBODY, *roles])}")
        if wrong := problems([*table.allow, *table.deny]):
            raise blamed(settings.site, key, "; ".join(wrong), hint="a pattern is a line with single blanks")
    return {name: CommandRules(allow=table.allow, deny=table.deny) for name, table in settings.commands.items()}


def _role(name: str, table: RoleTable, settings: Settings) -> Role:
    key = f"roles.{name}"
    if name in BUILT_IN:
        hint = "give the site's own role another name"
        raise blamed(settings.site, key, f"role {name!r} is the same on every site", hint=hint)
    known = {permission.value for permission in Permission}
    for permission in table.permissions:
        if permission not in known:
            hint = f"known are {', '.join(sorted(known))}"
            problem = f"no permission {permission!r}{did_you_mean(permission, known)}"
            raise blamed(settings.site, key, problem, hint=hint)
    permissions = frozenset(Permission(permission) for permission in table.permissions)
    return Role(name=name, sentence=table.description, permissions=permissions)

"""The roles of a site: those every site has, and those its netpulse.toml adds."""

from collections.abc import Mapping

from netpulse_core.bounds import RoleTable
from netpulse_core.controller.access import EVERYBODY
from netpulse_core.errors import SiteError, did_you_mean
from netpulse_core.model.commandrules import CommandRules, problems
from netpulse_core.model.roles import BUILT_IN, Permission, Role
from netpulse_core.settings import FILE, Settings


def roles_of(settings: Settings) -> Mapping[str, Role]:
    """Return every role by its name; raise SiteError for one that cannot be."""
    own = {name: _role(name, table, settings) for name, table in settings.roles.items()}
    roles = {**BUILT_IN, **own}
    if settings.schedule_role not in roles:
        raise SiteError(
            f"no role {settings.schedule_role!r}{did_you_mean(settings.schedule_role, roles)}",
            path=settings.site / FILE,
            key="schedule_role",
        )
    return roles


def commands_of(settings: Settings, roles: Mapping[str, Role]) -> Mapping[str, CommandRules]:
    """Return what may be sent to devices by role; raise SiteError for a role that is none, or a pattern of no line."""
    path = settings.site / FILE
    for name, table in settings.commands.items():
        key = f"commands.{name}"
        if name != EVERYBODY and name not in roles:
            known = [EVERYBODY, *roles]
            raise SiteError(f"no role {name!r}{did_you_mean(name, known)}", path=path, key=key)
        if wrong := problems([*table.allow, *table.deny]):
            raise SiteError("; ".join(wrong), hint="a pattern is a line with single blanks", path=path, key=key)
    return {name: CommandRules(allow=table.allow, deny=table.deny) for name, table in settings.commands.items()}


def _role(name: str, table: RoleTable, settings: Settings) -> Role:
    path, key = settings.site / FILE, f"roles.{name}"
    if name in BUILT_IN:
        raise SiteError(
            f"role {name!r} is the same on every site", hint="give the site's own role another name", path=path, key=key
        )
    known = {permission.value for permission in Permission}
    for permission in table.permissions:
        if permission not in known:
            hint = f"known are {', '.join(sorted(known))}"
            raise SiteError(
                f"no permission {permission!r}{did_you_mean(permission, known)}", hint=hint, path=path, key=key
            )
    permissions = frozenset(Permission(permission) for permission in table.permissions)
    return Role(name=name, sentence=table.description, permissions=permissions)

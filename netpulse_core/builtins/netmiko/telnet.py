"""Logins inside a session, as telnet's: without Nagle's delay, and with the password sent once."""

from collections.abc import Callable
from typing import Any

from netpulse_core.builtins.netmiko.way import tune


class RefusedLogin(Exception):
    """The device asked for the password again."""


def guard(connection: Any, keepalive: float | None) -> None:
    """Prepare a connection that is about to be made.

    netmiko answers each question for the password, up to twenty times or for ever: a device that locks accounts would.
    """
    for name in ("telnet_login", "special_login_handler"):
        setattr(connection, name, _guarded(connection, getattr(connection, name), keepalive))


def _guarded(connection: Any, login: Callable[..., Any], keepalive: float | None) -> Callable[..., Any]:
    def log_in(*args: Any, **kwargs: Any) -> Any:
        if connection.protocol == "telnet":
            tune(connection.remote_conn.get_socket(), keepalive)
        inner = connection.channel
        connection.channel = _Once(inner, connection.username, connection.password)
        try:
            return login(*args, **kwargs)
        finally:
            connection.channel = inner

    return log_in


class _Once:
    """A channel that carries the password once."""

    def __init__(self, inner: Any, username: str, password: str | None) -> None:
        self._inner = inner
        self._password = password
        self._left = 2 if username == password else 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write_channel(self, out_data: str) -> None:
        if self._password and out_data.rstrip("\r\n") == self._password:
            if not self._left:
                raise RefusedLogin("the device asked for the password again")
            self._left -= 1
        self._inner.write_channel(out_data)

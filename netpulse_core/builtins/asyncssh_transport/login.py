"""Who answers the device during a login: each secret at most once, because a second try locks accounts."""

import re
from collections.abc import Sequence

import asyncssh

_USER = re.compile(r"user|login|account", re.IGNORECASE)
_ONE_TIME = re.compile(r"token|otp|one.?time|verification|challenge|response|duo|factor", re.IGNORECASE)


class Login(asyncssh.SSHClient):
    """Gives the password where it is asked for, by the password method or in a dialogue as TACACS+ servers lead it."""

    def __init__(self, username: str, password: str | None) -> None:
        self._username = username
        self._password = password
        self._sent = False
        self._answered = False
        self._refused = False

    def public_key_auth_requested(self) -> None:
        """Offer no key beside those the connection was given."""

    def password_auth_requested(self) -> str | None:
        """Return the password once; asked again, the device has refused it."""
        if self._sent:
            self._refused = True
            return None
        self._sent = True
        return self._password

    def kbdint_auth_requested(self) -> str | None:
        """Take part in a dialogue, unless the password was refused already."""
        return None if self._password is None or self._refused else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Answer each question, or none of them where one is not understood."""
        answers = [self._answer(prompt, shown) for prompt, shown in prompts]
        return None if None in answers else [answer for answer in answers if answer is not None]

    def _answer(self, prompt: str, shown: bool) -> str | None:
        if shown:
            return self._username if _USER.search(prompt) else None
        if self._answered or _ONE_TIME.search(prompt):
            return None
        self._answered = True
        return self._password

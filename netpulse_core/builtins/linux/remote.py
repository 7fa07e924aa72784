"""What is asked of a server's shell: nothing of it runs before the shell has said that it is there.

The words of the request are read by a small wrapper from its standard input, so that no value stands in an argument
list, which everyone on the server can read. A session that breaks before the last line was read has run nothing.
"""

import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from netpulse_core import errors

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\$?|#[0-9]+")
_LONGEST = 1024 * 1024
"""Characters of one request: a shell reads it one by one."""

# In /proc/PID/stat stand pid, (name), state, parent and process group; a name may hold blanks and parentheses.
_WRAPPER = (
    'nl=$(printf "\\nx"); nl=${{nl%x}}; IFS= read -r l </proc/$$/stat || l="0) 0 0 0"; set -- ${{l##*) }}; '
    'printf "%s\\n" {mark}; printf "%s %s %s %s\\n" {mark} "$$" "$2" "$3" >&2; set --; '
    'c=; e=; while IFS= read -r l; do if [ "$l" = {mark} ]; then e=1; break; fi; c=$c$l$nl; done; '
    '[ -n "$e" ] || exit 125; eval "unset c e l nl; $c"'
)


def wrapper(mark: str) -> str:
    """Return what stands between an SSH server and a command."""
    return _WRAPPER.format(mark=mark)


def _random() -> str:
    return f"np{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command for the shell; `sudo` is True for root, or the user to be."""

    command: str
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    sudo: bool | str = False
    mark: str = field(default_factory=_random)
    """What the wrapper says when it is there, unknown to anybody else."""
    prompt: str = field(default_factory=_random)
    """What sudo says when it wants a password."""

    @property
    def line(self) -> str:
        """What the SSH server is asked to run; it holds nothing that was given."""
        shell = f"/bin/sh -c {shlex.quote(wrapper(self.mark))}"
        if self.sudo is False:
            return f"exec {shell}"
        user = "" if self.sudo is True else f" -u {shlex.quote(self.sudo)}"
        return f"exec sudo -S -p {self.prompt}{user} -- {shell}"

    @property
    def words(self) -> bytes:
        """What the wrapper reads and then runs."""
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.env.items())
        return f"{exports}{self.command}\n{self.mark}\n".encode("utf-8", "surrogateescape")

    def checked(self, device: str) -> "Request":
        """Return it; raise CommandRejected where it could not be sent, or would be read as something else."""
        problems = [f"env: {name!r} is not the name of a variable" for name in self.env if not _NAME.fullmatch(name)]
        if isinstance(self.sudo, str) and not _USER.fullmatch(self.sudo):
            problems.append(f"sudo: {self.sudo!r} is not the name of a user")
        if "\0" in self.command or any("\0" in value for value in self.env.values()):
            problems.append("a NUL cannot be sent to a shell")
        if not self.command.strip():
            problems.append("command: it is empty")
        if len(self.command) + sum(map(len, self.env.values())) > _LONGEST:
            problems.append(f"it is longer than {_LONGEST} characters: send a file")
        if problems:
            raise errors.CommandRejected(f"nothing was run: {'; '.join(problems)}", device=device)
        return self


def script(interpreter: str, size: int, arguments: str) -> str:
    """Return the command that runs the script which follows on its input, if all of it came, and removes it."""
    return (
        'np=$(mktemp "${TMPDIR:-/tmp}/netpulse.XXXXXXXXXX") || exit 126\n'
        "trap 'rm -f \"$np\"' EXIT; trap 'exit 143' HUP INT TERM\n"
        f'cat >"$np" && [ "$(wc -c <"$np")" -eq {size} ] || exit 125\n'
        f'{interpreter} "$np" {arguments} </dev/null'
    )


def interpreter_of(content: bytes) -> str:
    """Return what runs a script by its first line; `/bin/sh` where it names none."""
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    words = first.removeprefix("#!").split(maxsplit=1) if first.startswith("#!") else []
    return shlex.join(words) or "/bin/sh"


def ending(target: int) -> str:
    """Return the command that ends a process, or with a negative number a group of them; 0 says that it is gone.

    One that has ended and that nobody has asked about yet, a zombie, is gone.
    """
    mine = f'[ "$3" = {-target} ]' if target < 0 else f'[ "$p" = {target} ]'
    return (
        "[ -r /proc/$$/stat ] || exit 3\n"
        "lives() { for f in /proc/[0-9]*/stat; do\n"
        '  { IFS= read -r l <"$f"; } 2>/dev/null || continue\n'
        "  p=${l%% *}; set -- ${l##*) }\n"
        f'  if {mine} && [ "$1" != Z ] && [ "$1" != X ]; then return 0; fi\n'
        "done; return 1; }\n"
        f"kill -s TERM -- {target} 2>/dev/null; i=0\n"
        "while lives && [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1; done\n"
        f"if lives; then kill -s KILL -- {target} 2>/dev/null; sleep 0.3; fi\n"
        "! lives"
    )


def state(path: str) -> str:
    """Return the command that says what is at a path, links followed, and the hash of a file."""
    return (
        f"f=$(readlink -f -- {shlex.quote(path)}) || exit 1\n"
        'printf "%s\\n" "$f"\n'
        'if [ ! -e "$f" ]; then echo absent; exit 0; fi\n'
        'if [ ! -f "$f" ]; then echo other; exit 0; fi\n'
        'stat -c "file %a %u %g %s" -- "$f" && sha256sum <"$f"'
    )


def replace(path: str, *, size: int, sha256: str, mode: str, owner: str) -> str:
    """Return the command that takes a file from its input and puts it in its place whole, or not at all."""
    folder = shlex.quote(path.rpartition("/")[0] or "/")
    chown = f' && chown {shlex.quote(owner)} -- "$np"' if owner else ""
    return (
        f"umask 077; np=$(mktemp -p {folder} .netpulse.XXXXXXXXXX) || exit 1\n"
        "trap 'rm -f \"$np\"' EXIT; trap 'exit 143' HUP INT TERM\n"
        f'cat >"$np" && [ "$(wc -c <"$np")" -eq {size} ] || {{ echo "it did not come whole" >&2; exit 1; }}\n'
        f'[ "$(sha256sum <"$np")" = "{sha256}  -" ] || {{ echo "it came with another hash" >&2; exit 1; }}\n'
        f'chmod {mode} -- "$np"{chown} && mv -f -- "$np" {shlex.quote(path)}'
    )

"""The command line itself: a line in, text and the next prompt out; no socket, thread or file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from netpulse_core.lab import archive, shows
from netpulse_core.lab.config import Editor
from netpulse_core.lab.grammar import Match, Refusal, invalid
from netpulse_core.lab.journal import Journal, Session
from netpulse_core.lab.machine import Machine
from netpulse_core.lab.vocabulary import CONFIGURATION, MODES, PRIVILEGED, PROMPTS, USER

_UNKNOWN = "% Unknown command or computer name, or unable to find computer address\n"
_ENTER_CONFIGURATION = "Enter configuration commands, one per line.  End with CNTL/Z.\n"
_CONFIRM_ERASE = "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"
_PROMPT_WIDTH = 20  # of a hostname in configuration mode, as IOS cuts it
_CONSOLE_LINES = 2  # con 0 and aux 0 come before vty 0 in absolute numbers


@dataclass(frozen=True, slots=True)
class Reply:
    """What a line led to: text, and whether sessions end (`clears` a vty line, or `reloads` them all)."""

    text: str = ""
    closes: bool = False
    clears: int | None = None
    reloads: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    prompt: str
    answered: Callable[[str], Reply]
    hidden: bool = False


class Shell:
    """One session's command line on a machine."""

    def __init__(self, machine: Machine, journal: Journal, session: Session, *, privileged: bool) -> None:
        self._machine = machine
        self._journal = journal
        self._session = session
        self._privileged = privileged
        self._editor: Editor | None = None
        self._question: _Question | None = None
        self._attempts = 0
        self.length = 24

    @property
    def prompt(self) -> str:
        if self._question is not None:
            return self._question.prompt
        name = self._machine.running.hostname
        if self._editor is not None:
            return f"{name[:_PROMPT_WIDTH]}({self._mode_name})#"
        return f"{name}{'#' if self._privileged else '>'}"

    @property
    def hidden(self) -> bool:
        """Whether what is typed next must not be echoed."""
        return self._question is not None and self._question.hidden

    @property
    def asking(self) -> bool:
        return self._question is not None

    @property
    def configuring(self) -> bool:
        return self._editor is not None and self._question is None

    def execute(self, line: str) -> Reply:
        """Obey one line; a refusal is an answer like any other."""
        try:
            self._machine.tick()
            if self._question is not None:
                question, self._question = self._question, None
                return question.answered(line)
            if not line.strip() or line.lstrip().startswith("!"):
                return Reply()
            if self._editor is not None:
                return self._configure(line)
            return self._command(line, len(self.prompt))
        except Refusal as refusal:
            return Reply(refusal.answer)

    def interrupt(self) -> None:
        """Control-C: out of a question or of configuration mode."""
        self._question = None
        self._editor = None

    def completions(self, line: str) -> list[str]:
        try:
            if self._editor is not None:
                return MODES[self._editor.mode].completions(line)
            return (PRIVILEGED if self._privileged else USER).completions(line)
        except Refusal:
            return []

    @property
    def _mode_name(self) -> str:
        assert self._editor is not None
        place = self._editor.place
        if self._editor.mode == "interface" and "." in place:
            return "config-subif"
        if self._editor.mode == "access-list" and " standard " in place:
            return "config-std-nacl"
        return PROMPTS[self._editor.mode]

    def _ask(self, prompt: str, answered: Callable[[str], Reply], *, hidden: bool = False) -> Reply:
        self._question = _Question(prompt, answered, hidden)
        return Reply()

    def _configure(self, line: str) -> Reply:
        editor = self._editor
        assert editor is not None
        column = len(self.prompt)
        word = line.split()[0].lower()
        if word in ("do", "end", "exit") or (word in ("ex", "exi", "en") and not line.split()[1:]):
            return self._leave_or_do(CONFIGURATION.match(line, column=column), column)
        if line.lower().lstrip().startswith("banner "):
            return self._banner(line)
        editor.enter(line, column=column)
        self._applied(line)
        return Reply()

    def _leave_or_do(self, match: Match, column: int) -> Reply:
        assert match.rule is not None
        if match.rule.name == "do":
            return self._command(match.arguments[0], column + len("do "))
        if match.rule.name == "end" or (self._editor is not None and not self._editor.leave()):
            self._editor = None
        return Reply()

    def _applied(self, line: str) -> None:
        self._machine.changed = (datetime.now(UTC), self._session.user)
        self._journal.apply(self._session, line.strip())

    def _banner(self, line: str) -> Reply:
        opening, _, body = line.strip().partition(" ")[2].partition(" ")
        if not opening or not body:
            raise Refusal("% Incomplete command.\n\n")
        # Terminal emulators send the delimiter as the two characters ^C or as the control character itself.
        delimiter = body[:2] if body.startswith("^") else body[0]
        text = body[len(delimiter) :]

        def more(text: str) -> Reply:
            if delimiter not in text:
                return self._ask("", lambda line: more(f"{text}\n{line}"))
            inner = text.partition(delimiter)[0]
            assert self._editor is not None
            self._editor.enter(f"banner {opening} ^C{inner}^C")
            self._applied(f"banner {opening} ^C{inner}^C")
            return Reply()

        reply = more(text)
        return reply if delimiter in text else Reply(
            f"Enter TEXT message.  End with the character '{delimiter}'.\n"
        )  # fmt: skip

    def _command(self, line: str, column: int) -> Reply:
        command, pipe, filtering = line.partition("|")
        grammar = PRIVILEGED if self._privileged else USER
        try:
            match = grammar.match(command, column=column)
        except Refusal as refusal:
            if refusal.answer.startswith(" ") and len(command.split()) == 1:
                raise Refusal(_UNKNOWN) from None
            raise
        assert match.rule is not None
        if match.rule.name.startswith("show "):
            text = self._show(match)
            return Reply(shows.filtered(text, filtering) if pipe else text)
        if pipe:
            raise invalid(column + line.index("|"))
        return self._act(match)

    def _show(self, match: Match) -> str:
        assert match.rule is not None
        name, machine = match.rule.name, self._machine
        if name == "show users":
            return shows.users(machine, self._session.line)
        if name == "show privilege":
            return f"Current privilege level is {15 if self._privileged else 1}\n"
        if name in archive.COMMANDS:
            return archive.COMMANDS[name](machine, match.arguments, self._session.user)
        if match.arguments:
            return shows.OF_ONE[name](machine, match.arguments[0])
        return shows.ALL[name](machine)

    def _act(self, match: Match) -> Reply:
        assert match.rule is not None
        name, machine = match.rule.name, self._machine
        match name:
            case "exit" | "logout" | "quit":
                return Reply(closes=True)
            case "enable":
                return self._enable()
            case "disable":
                self._privileged = False
            case "configure terminal":
                return self._begin_configuration()
            case "configure":
                question = "Configuring from terminal, memory, or network [terminal]? "
                return self._ask(question, lambda _: self._begin_configuration())
            case "terminal length":
                self.length = int(match.arguments[0])
            case "write" | "write memory":
                return self._save()
            case "copy running-config startup-config":
                if "file prompt quiet" in machine.running.children:
                    return self._save()
                return self._ask("Destination filename [startup-config]? ", lambda _: self._save())
            case "write terminal":
                return Reply(shows.running(machine))
            case "write erase" | "erase startup-config":
                return self._ask(_CONFIRM_ERASE, self._erase)
            case "reload":
                return self._ask("Proceed with reload? [confirm]", self._reload)
            case name if name in archive.COMMANDS:
                return Reply(archive.COMMANDS[name](machine, match.arguments, self._session.user))
            case "copy" | "copy running-config":
                source, to = match.arguments if name == "copy" else ("running-config", match.arguments[0])
                return self._copy(source, to)
            case "configure terminal revert timer":
                archive.wait_for_confirmation(machine, int(match.arguments[0]), self._session.user)
                return self._begin_configuration()
            case "ping":
                return Reply(shows.ping(match.arguments[0]))
            case "clear tcp local remote":
                number = machine.line_of(match.arguments)
                return self._ask("[confirm]", lambda answer: self._clear(answer, number))
            case "clear line" | "clear line vty":
                number = int(match.arguments[0]) - (_CONSOLE_LINES if name == "clear line" else 0)
                return self._ask("[confirm]", lambda answer: self._clear(answer, number))
        return Reply()

    def _enable(self) -> Reply:
        if self._privileged or self._machine.secret is None:
            self._privileged = True
            return Reply()
        self._attempts = 0
        return self._ask("Password: ", self._check_secret, hidden=True)

    def _check_secret(self, answer: str) -> Reply:
        if answer == self._machine.secret:
            self._privileged = True
            return Reply()
        self._attempts += 1
        if self._attempts == 3:
            return Reply("% Bad secrets\n\n")
        return self._ask("Password: ", self._check_secret, hidden=True)

    def _begin_configuration(self) -> Reply:
        self._editor = Editor(self._machine.running)
        self._session.configured += 1
        return Reply(_ENTER_CONFIGURATION)

    def _save(self) -> Reply:
        self._machine.save()
        self._session.saved += 1
        return Reply("Building configuration...\n[OK]\n")

    def _copy(self, source: str, to: str) -> Reply:
        if "file prompt quiet" in self._machine.running.children:
            return self._copied(source, to)
        return self._ask(f"Destination filename [{to.rpartition('/')[2]}]? ", lambda _: self._copied(source, to))

    def _copied(self, source: str, to: str) -> Reply:
        machine = self._machine
        text = machine.running_text if source.endswith("running-config") else machine.flash.read(source)
        if to.endswith("running-config"):
            self._applied(f"copy {source} {to}")
            return Reply(archive.merge(machine, text))
        machine.flash.write(to, text)
        return Reply(f"{len(text)} bytes copied in 0.104 secs\n")

    def _erase(self, answer: str) -> Reply:
        if _declined(answer):
            return Reply()
        self._machine.erase()
        return Reply("[OK]\nErase of nvram: complete\n")

    def _reload(self, answer: str) -> Reply:
        if _declined(answer):
            return Reply()
        self._machine.reload()
        return Reply(reloads=True)

    def _clear(self, answer: str, number: int) -> Reply:
        if _declined(answer):
            return Reply()
        if number not in self._machine.sessions:
            return Reply("% Not allowed to clear current line or line is not in use\n")
        return Reply(" [OK]\n", clears=number)


def _declined(answer: str) -> bool:
    return answer.strip().lower() not in ("", "y", "yes")

"""A configuration as a tree of lines, and the place in it where someone is typing."""

from collections.abc import Iterator
from typing import NamedTuple

from netpulse_core.lab.grammar import Match, Refusal, invalid
from netpulse_core.lab.vocabulary import MODES

_MADE_ON_DEMAND = ("Loopback", "Vlan", "Port-channel", "Tunnel", "Null")


class Section:
    """One line and the lines under it."""

    __slots__ = ("children", "line")

    def __init__(self, line: str = "") -> None:
        self.line = line
        self.children: dict[str, Section] = {}

    def put(self, key: str, line: str) -> "Section":
        """The section of `key`, made or reworded; what stands under it stays."""
        section = self.children.setdefault(key, Section(line))
        section.line = line
        return section

    def drop(self, words: str) -> bool:
        """Remove the line `words` and every line that begins with them."""
        doomed = [
            key for key, child in self.children.items()
            if child.line == words or child.line.startswith(f"{words} ")
        ]  # fmt: skip
        for key in doomed:
            del self.children[key]
        return bool(doomed)

    def value(self, key: str) -> str | None:
        """What follows `key` on its line, or None."""
        child = self.children.get(key)
        return None if child is None else child.line.removeprefix(key).strip()

    def lines(self, indent: str = "") -> Iterator[str]:
        for child in self.children.values():
            yield f"{indent}{child.line}"
            yield from child.lines(f"{indent} ")


class Configuration(Section):
    """A whole configuration; its text is what `show running-config` prints below the heading."""

    @classmethod
    def parse(cls, text: str) -> "Configuration":
        configuration = cls()
        editor = Editor(configuration, grow=True)
        lines = iter(text.splitlines())
        for line in lines:
            if line.startswith("banner "):
                # Between its two delimiters a banner holds anything, remarks and commands included.
                while line.count("^C") == 1:
                    line = f"{line}\n{next(lines, '^C')}"
            if line.strip() and not line.lstrip().startswith("!"):
                editor.enter(line)
        return configuration

    @property
    def text(self) -> str:
        """Lines of one kind stand together, as IOS prints them, wherever they were typed."""
        lines: list[str] = []
        for kind, group in self._kinds().items():
            for child in group:
                lines += [child.line, *child.lines(" ")]
                if child.children or kind == "interface":
                    lines.append("!")
            if lines[-1] != "!":
                lines.append("!")
        return "".join(f"{line}\n" for line in lines)

    def _kinds(self) -> dict[str, list[Section]]:
        kinds: dict[str, list[Section]] = {}
        for child in self.children.values():
            kinds.setdefault(child.line.removeprefix("no ").partition(" ")[0], []).append(child)
        return kinds

    @property
    def hostname(self) -> str:
        return self.value("hostname") or "Router"

    @property
    def interfaces(self) -> dict[str, Section]:
        return {
            line.removeprefix("interface "): section
            for line, section in self.children.items()
            if line.startswith("interface ")
        }


class Place(NamedTuple):
    """A section someone is in, and the mode its lines are read by."""

    section: Section
    mode: str


class Editor:
    """Someone's place in a configuration.

    A line the present section cannot read is tried in those around it, as IOS does, so a pasted block needs
    no `exit`. With `grow` interfaces that do not exist are made: how a device gets its hardware.
    """

    def __init__(self, configuration: Configuration, *, grow: bool = False) -> None:
        self.configuration = configuration
        self._grow = grow
        self._path = [Place(configuration, "")]

    @property
    def mode(self) -> str:
        return self._path[-1].mode

    @property
    def place(self) -> str:
        """The line that opened the present section, empty at the top."""
        return self._path[-1].section.line

    def leave(self) -> bool:
        """Step out of the present section; False at the top."""
        if len(self._path) == 1:
            return False
        self._path.pop()
        return True

    def enter(self, line: str, *, column: int = 0) -> None:
        """Apply one line; raises Refusal and changes nothing where it cannot be read."""
        removes = line.split()[0].lower() == "no"
        start = line.lower().index("no") + 2 if removes else 0
        depth, match = self._read(line[start:], column + start, partial=removes)
        self._check_hardware(match, removes, column + start)
        if match.rule is not None and match.rule.name == "exit-address-family":
            self.leave()
            return
        del self._path[depth + 1 :]
        (self._remove if removes else self._set)(match)

    def _read(self, line: str, column: int, *, partial: bool) -> tuple[int, Match]:
        refused: Refusal | None = None
        for depth in reversed(range(len(self._path))):
            try:
                return depth, MODES[self._path[depth].mode].match(line, column=column, partial=partial)
            except Refusal as refusal:
                refused = refused or refusal
        raise refused or invalid(column)

    def _check_hardware(self, match: Match, removes: bool, column: int) -> None:
        if match.parts[:1] != ["interface"] or len(match.parts) < 2 or self._grow:
            return
        name = match.parts[1].partition(".")[0]
        exists = name in self.configuration.interfaces
        fixed = not name.startswith(_MADE_ON_DEMAND) and "." not in match.parts[1]
        if not exists and not name.startswith(_MADE_ON_DEMAND):
            raise invalid(column + len("interface "))
        if removes and fixed:
            raise Refusal("% Removal of physical interfaces is not permitted\n")

    def _set(self, match: Match) -> None:
        section, rule = self._path[-1].section, match.rule
        assert rule is not None
        if rule.name == "default interface":
            section.put(f"interface {match.arguments[0]}", f"interface {match.arguments[0]}").children.clear()
        elif rule.on_by_default:
            section.drop(f"no {match.text}")
        else:
            opened = section.put(match.key, match.text)
            if rule.opens:
                self._path.append(Place(opened, rule.opens))

    def _remove(self, match: Match) -> None:
        section = self._path[-1].section
        if match.rule is not None and match.rule.on_by_default:
            section.put(f"no {match.text}", f"no {match.text}")
        if not section.drop(match.text) and match.rule is not None:
            # `no hostname other` unsets the hostname whatever it is, as on IOS.
            section.children.pop(match.key, None)

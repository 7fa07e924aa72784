"""As much of EOS as eAPI shows: modes of one request, a configuration, and sessions with a candidate each."""

from __future__ import annotations

import difflib
from typing import Any

START = ("hostname leaf1", "ntp server 192.0.2.1", "interface Ethernet1", "   description uplink")


class Refusal(Exception):
    """A command fails; EOS's code and its words."""

    def __init__(self, code: int, summary: str, *words: str) -> None:
        super().__init__(summary)
        self.code, self.summary, self.words = code, summary, list(words)


class Eos:
    """One switch; each request begins in user mode and leaves only what it committed."""

    def __init__(self) -> None:
        self.running = list(START)
        self.startup = list(START)
        self.sessions: dict[str, list[str]] = {}
        self.secret = ""
        self.rollback = list(START)
        self.waiting: dict[str, list[str]] = {}
        """What to go back to, by the session whose commit waits for its confirmation."""
        self.most_sessions = 5
        self.refuses_commit = False
        self.commands: list[str] = []

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one JSON-RPC request."""
        params = request["params"]
        results: list[dict[str, Any]] = []
        shell = _Shell(self)
        commands = params["cmds"]
        for number, command in enumerate(commands, 1):
            line = command if isinstance(command, str) else command["cmd"]
            typed = "" if isinstance(command, str) else command.get("input", "")
            self.commands.append(line)
            try:
                results.append(shell.run(line, typed, params.get("format", "json")))
            except Refusal as refusal:
                message = f"CLI command {number} of {len(commands)} '{line}' failed: {refusal.summary}"
                data = [*results, {"errors": refusal.words}]
                error = {"code": refusal.code, "message": message, "data": data}
                return {"jsonrpc": "2.0", "id": request["id"], "error": error}
        return {"jsonrpc": "2.0", "id": request["id"], "result": results}


class _Shell:
    """The modes of one request."""

    def __init__(self, eos: Eos) -> None:
        self.eos = eos
        self.enabled = False
        self.candidate: list[str] | None = None
        self.name = ""
        self.section = ""

    def run(self, line: str, typed: str, form: str) -> dict[str, Any]:
        words = line.split()
        if line == "enable":
            if self.eos.secret and typed != self.eos.secret:
                raise Refusal(1005, "permission denied", "Bad secret")
            self.enabled = True
            return {}
        if words[:1] == ["show"]:
            return self._show(line, words, form)
        if not self.enabled:
            raise Refusal(1005, "permission to run command denied", "Privileged command (config requires privileged)")
        if words[:2] == ["configure", "session"]:
            return self._session(words[2:])
        if words == ["copy", "startup-config", "flash:rollback-0"]:
            self.eos.rollback = list(self.eos.startup)
            return {"messages": []} if form == "json" else {"output": "Copy completed.\n"}
        if words == ["configure", "replace", "flash:rollback-0"]:
            self.eos.running = list(self.eos.rollback)
            return {"messages": []} if form == "json" else {"output": ""}
        if words in (["copy", "running-config", "startup-config"], ["write", "memory"]):
            self.eos.startup = list(self.eos.running)
            return {"messages": ["Copy completed successfully."]} if form == "json" else {"output": "Copy completed.\n"}
        if self.candidate is None:
            raise _invalid(line)
        return self._configure(line, words)

    def _session(self, words: list[str]) -> dict[str, Any]:
        self.name = words[0]
        if words[1:]:
            return self._conclude(self.name, words[1:])
        if self.name not in self.eos.sessions:
            if len(self.eos.sessions) >= self.eos.most_sessions:
                raise Refusal(1000, "could not run command", "Maximum number of pending sessions has been reached.")
            self.eos.sessions[self.name] = list(self.eos.running)
        self.candidate, self.section = self.eos.sessions[self.name], ""
        return {}

    def _conclude(self, name: str, words: list[str]) -> dict[str, Any]:
        """`configure session NAME abort`, `commit`, and `commit timer HH:MM:SS`."""
        eos = self.eos
        if words == ["abort"] and name in eos.waiting:
            eos.running = eos.waiting.pop(name)
        elif words == ["commit"] and name in eos.waiting:
            del eos.waiting[name]
        elif name not in eos.sessions:
            raise Refusal(1000, "could not run command", f"No session named {name}")
        elif words == ["abort"]:
            del eos.sessions[name]
        elif eos.refuses_commit:
            raise Refusal(1000, "could not run command", "Commit failed: a check did not pass")
        else:
            before, eos.running = eos.running, eos.sessions.pop(name)
            if words[1:2] == ["timer"]:
                eos.waiting[name] = before
        return {"output": ""}

    def _configure(self, line: str, words: list[str]) -> dict[str, Any]:
        assert self.candidate is not None
        match words:
            case ["abort"]:
                del self.eos.sessions[self.name]
                self.candidate = None
            case ["commit"]:
                if self.eos.refuses_commit:
                    raise Refusal(1000, "could not run command", "Commit failed: a check did not pass")
                self.eos.running = self.eos.sessions.pop(self.name)
                self.candidate = None
            case ["exit"] if self.section:
                self.section = ""
            case ["exit"] | ["end"]:
                self.candidate = None
            case ["interface", name]:
                self.section = f"interface {name}"
                if self.section not in self.candidate:
                    self.candidate.append(self.section)
            case ["description", *_] if self.section:
                self._set_description(" ".join(words))
            case ["no", *rest]:
                self.candidate[:] = [one for one in self.candidate if one != " ".join(rest)]
            case ["hostname", _]:
                self.candidate[:] = [line.strip() if one.startswith("hostname ") else one for one in self.candidate]
            case ["ntp", "server", _] | ["username", *_]:
                if line.strip() not in self.candidate:
                    self.candidate.append(line.strip())
            case _:
                raise _invalid(line)
        return {}

    def _set_description(self, line: str) -> None:
        assert self.candidate is not None
        at = self.candidate.index(self.section) + 1
        if at < len(self.candidate) and self.candidate[at].startswith("   "):
            del self.candidate[at]
        self.candidate.insert(at, f"   {line}")

    def _show(self, line: str, words: list[str], form: str) -> dict[str, Any]:
        text, data = self._shown(line, words)
        if form == "text":
            return {"output": text}
        if data is None:
            raise Refusal(1003, "unconverted command", "Command cannot be executed over the API at this time.")
        return data

    def _shown(self, line: str, words: list[str]) -> tuple[str, dict[str, Any] | None]:
        match words:
            case ["show", "version"]:
                return "Arista vEOS\nSoftware image version: 4.31.2F\n", {
                    "version": "4.31.2F",
                    "modelName": "vEOS",
                    "uptime": 600,
                    "bootupTimestamp": 1_760_000_000.0,
                    "serialNumber": "SN1",
                    "internalVersion": "4.31.2F-1",
                }
            case ["show", "hostname"]:
                name = self.eos.running[0].split()[1]
                return f"Hostname: {name}\n", {"hostname": name, "fqdn": f"{name}.example.net"}
            case ["show", "interfaces"]:
                return "Ethernet1 is up\n", {"interfaces": {"Ethernet1": {}}}
            case ["show", "configuration", "sessions", *_]:
                pending = {name: {"state": "pending"} for name in self.eos.sessions}
                waiting = {name: {"state": "pendingCommitTimer", "commitBy": 900} for name in self.eos.waiting}
                return "", {"sessions": pending | waiting}
            case ["show", "clock"]:
                return "Sun Nov 29 19:00:00 2026\n", None
            case ["show", "running-config"]:
                if not self.enabled:
                    raise Refusal(1005, "permission to run command denied", "Privileged command")
                return "\n".join([*self.eos.running, "end", ""]), None
            case ["show", "session-config", "named", name, "diffs"]:
                if name not in self.eos.sessions:
                    raise Refusal(1000, "could not run command", f"No session named {name}")
                wanted = self.eos.sessions[name]
                diff = difflib.unified_diff(
                    self.eos.running, wanted, "system:/running-config", f"session:/{name}-session-config", lineterm=""
                )
                return "\n".join(diff), None
        raise _invalid(line)


def _invalid(line: str) -> Refusal:
    return Refusal(1002, "invalid command", f"Invalid input (at token 0: '{line.split()[0] if line.split() else ''}')")

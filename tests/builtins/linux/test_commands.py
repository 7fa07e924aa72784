"""Commands and scripts on a real server: status, streams, variables, sudo, time, and what nobody may see."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.linux import process
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.testing import opened
from tests.servers.linux import WITH_PASSWORD, LinuxServer

pytestmark = pytest.mark.servers("sudo")

PATIENCE = 10.0
ODD = "a b'c\"d\n$(id) `id` \\ é %s *"


@pytest.fixture
def wrong(parameters: ConnectionParameters) -> Iterator[Any]:
    """A connection whose sudo password is not the right one."""
    with opened(Linux(), replace(parameters, extras={"sudo_password": "not-the-password"})) as connection:
        yield connection


def eventually(true: Any) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_status_and_both_streams_are_kept_apart(connection: Any) -> None:
    result = connection.run("echo out; echo err >&2; exit 3")
    assert (result.exit_status, result.stdout, result.stderr, result.ok) == (3, "out\n", "err\n", False)
    assert connection.run("true").ok


def test_a_command_is_a_shell_line_of_any_form(connection: Any) -> None:
    assert connection.run("a=1\nif [ $a = 1 ]; then\n  printf '%s|' \"x y\" 'z'\nfi").stdout == "x y|z|"
    assert connection.run("exit 0\necho never").stdout == ""
    assert connection.run("echo ü; printf '\\377'").stdout == "ü\n\N{REPLACEMENT CHARACTER}"
    assert connection.run("echo 'unfinished").exit_status != 0


def test_a_signal_is_told(connection: Any) -> None:
    result = connection.run("kill -s KILL $$")
    assert (result.exit_status, result.signal) == (137, "KILL")


def test_nothing_is_left_behind_for_the_next_command(connection: Any) -> None:
    connection.run("cd /; A=1; export A; umask 0")
    assert connection.run("pwd; echo ${A:-none}").stdout == "/home/netpulse\nnone\n"


@pytest.mark.parametrize("sudo", [False, True])
def test_variables_arrive_as_they_are(connection: Any, sudo: bool) -> None:
    result = connection.run(
        'printf "%s" "$ODD"; printf "%s" "${EMPTY-unset}"', env={"ODD": ODD, "EMPTY": ""}, sudo=sudo
    )
    assert result.stdout == ODD


@pytest.mark.parametrize("name", ["A B", "1A", "A=B", "", "A;id", "A\nB"])
def test_what_is_no_name_of_a_variable_is_refused(connection: Any, name: str) -> None:
    with pytest.raises(errors.CommandRejected, match="not the name of a variable"):
        connection.run("true", env={name: "x"})


def test_input_arrives_whole_and_may_be_left_unread(connection: Any) -> None:
    assert connection.run("wc -c", input=b"x" * 3_000_000).stdout.strip() == "3000000"
    assert connection.run("cat", input="text", sudo=True).stdout == "text"
    assert connection.run("cat").stdout == ""
    assert connection.run("head -c 1 >/dev/null; exec <&-; echo done", input=b"x" * 3_000_000).stdout == "done\n"


def test_what_a_login_shell_says_first_is_no_output(server: LinuxServer, connection: Any) -> None:
    server.inside("echo 'echo noise; echo noise >&2' >/home/netpulse/.bashrc")
    result = connection.run("echo out; echo err >&2")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_output_is_bounded_and_the_command_ends_by_itself(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.Kept.__init__, "__defaults__", (1000,))
    result = connection.run("head -c 5000000 /dev/zero | tr '\\0' x; exit 4")
    assert (result.exit_status, result.truncated, result.stdout) == (4, True, "x" * 1000)


# sudo


def test_sudo_is_root_or_another_user(connection: Any) -> None:
    assert connection.run("id -un", sudo=True).stdout == "root\n"
    assert connection.run("id -un", sudo="nobody").stdout == "nobody\n"
    assert connection.run("exit 7", sudo=True).exit_status == 7
    with pytest.raises(errors.CommandRejected, match="not the name of a user"):
        connection.run("id", sudo="-i")


def test_sudo_without_a_password_gets_none(server: LinuxServer, connection: Any) -> None:
    with server.sudoers("netpulse ALL=(ALL) NOPASSWD: ALL\n"):
        result = connection.run("id -un; cat", sudo=True, input="in")
    assert (result.stdout, result.stderr) == ("root\nin", ""), "a password nobody asked for would be run"


@pytest.mark.thorough
@pytest.mark.parametrize("rules", [WITH_PASSWORD, WITH_PASSWORD.replace("use_pty", "!use_pty")])
def test_a_wrong_sudo_password_runs_nothing_and_is_given_once(server: LinuxServer, wrong: Any, rules: str) -> None:
    with server.sudoers(rules):
        with pytest.raises(errors.CommandRejected, match="nothing was run: sudo refused the password") as refused:
            wrong.run("touch /tmp/netpulse.ran", sudo=True)
        assert "sudo_password" in refused.value.hint
        assert "not-the-password" not in f"{refused.value} {refused.value.hint}"
        assert "ran" not in server.inside("ls /tmp")


def test_who_may_not_sudo_is_told_in_sudo_s_words(server: LinuxServer, connection: Any) -> None:
    rejected = pytest.raises(errors.CommandRejected, match=r"nothing was run: .*not allowed to execute '/bin/sh -c' as")
    with server.sudoers("netpulse ALL=(ALL) /bin/true\n"), rejected:
        connection.run("id", sudo=True)


def test_without_a_password_sudo_is_told_so(parameters: ConnectionParameters) -> None:
    given = replace(parameters, extras={"sudo_password": None})
    with opened(Linux(), given) as connection:
        assert connection.run("id -un", sudo=True).ok, "None is not given: the login password is taken"
        connection._sudo = None
        with pytest.raises(errors.CommandRejected, match="asks for a password, and none is known"):
            connection.run("id", sudo=True)


@pytest.mark.parametrize("sudo", [False, True])
def test_nothing_secret_stands_in_an_argument_list(server: LinuxServer, connection: Any, sudo: bool) -> None:
    command = "echo started >/home/netpulse/started; read -r x </home/netpulse/go; echo $SECRET"
    server.inside("cd /home/netpulse; install -m 666 /dev/null started; mkfifo -m 666 go")
    done: list[Any] = []

    def run() -> None:
        env = {"SECRET": "hush-hush-value"}
        done.append(connection.run(command, env=env, sudo=sudo, timeout=30))

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: server.inside("cat /home/netpulse/started"))
    seen = server.arguments()
    server.inside("echo go >/home/netpulse/go")
    thread.join(PATIENCE)
    assert done[0].ok
    assert "/bin/sh" in seen
    assert "hush-hush-value" not in seen
    assert "-p netpulse" not in seen.replace("-p np", "")
    assert " netpulse " not in seen.replace("sshd: netpulse ", "")


# Time


WITHOUT_PTY = WITH_PASSWORD.replace("use_pty", "!use_pty")


@pytest.mark.thorough
@pytest.mark.parametrize(("sudo", "rules"), [(False, WITH_PASSWORD), (True, WITH_PASSWORD), (True, WITHOUT_PTY)])
def test_what_takes_too_long_is_ended_with_its_children(
    server: LinuxServer, connection: Any, sudo: bool, rules: str
) -> None:
    with server.sudoers(rules):
        with pytest.raises(errors.TimedOut, match=r"not done within 3 s; process group \d+ was ended"):
            connection.run("sleep 4242 & sleep 4242", timeout=3.0, sudo=sudo)
        assert "sleep 4242" not in server.arguments()
    assert connection.run("echo still here").stdout == "still here\n"


@pytest.mark.thorough
def test_what_does_not_want_to_end_is_killed(server: LinuxServer, connection: Any) -> None:
    with pytest.raises(errors.TimedOut, match="was ended"):
        connection.run("trap '' TERM; sleep 4243; sleep 4243", timeout=3.0)
    assert "sleep 4243" not in server.arguments()


@pytest.mark.thorough
def test_what_cannot_be_ended_is_told(server: LinuxServer, connection: Any) -> None:
    # Once it runs, its user may no longer sudo, and so cannot end what runs as root.
    with (
        server.sudoers(WITH_PASSWORD),
        pytest.raises(errors.TimedOut, match="could not be ended and may still run") as told,
    ):
        connection.run("echo 'root ALL=(ALL) ALL' >/etc/sudoers; exec sleep 4244", timeout=3.0, sudo=True)
    assert "pgid" in told.value.hint
    assert "sleep 4244" in server.arguments()
    server.inside("pkill -f 'sleep 424[4]'")


def test_a_command_ends_with_its_connection(server: LinuxServer, connection: Any) -> None:
    ended: list[BaseException] = []

    def run() -> None:
        with pytest.raises(errors.SessionLost) as lost:
            connection.run("sleep 4245", timeout=60)
        ended.append(lost.value)

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: "sleep 4245" in server.arguments())
    Linux().abort(connection)
    thread.join(PATIENCE)
    assert ended
    eventually(lambda: "sleep 4245" not in server.arguments())


# Scripts


def test_a_script_runs_by_its_first_line_and_leaves_nothing(server: LinuxServer, connection: Any) -> None:
    result = connection.run_script('#!/bin/bash\necho "$BASH_VERSION" "$#" "$1"; exit 5', ["a 'b'", "c"])
    assert result.exit_status == 5
    version, count, first, second = result.stdout.split()
    assert (version[0].isdigit(), count, first, second) == (True, "2", "a", "'b'")
    assert connection.run_script("echo ${BASH_VERSION:-sh}").stdout == "sh\n"
    assert connection.run_script(b"#!/usr/bin/env bash\nid -un", sudo=True).stdout == "root\n"
    assert server.inside("ls /tmp | grep -c '^netpulse[.]' || :").strip() == "0"


def test_a_script_whose_interpreter_is_not_there_fails(connection: Any) -> None:
    result = connection.run_script("#!/no/such/thing\necho ran")
    assert result.exit_status != 0
    assert "ran" not in result.stdout


# As a command line


def test_a_failed_command_is_a_refusal_of_the_command_line(connection: Any) -> None:
    assert connection.refusal(connection.send_command("uname")) is None
    answer = connection.send_command("ls /nowhere")
    assert "No such file" in answer
    assert str(connection.refusal(answer)).startswith("exit status 2 ls: ")
    assert connection.refusal(connection.send_command("exit 9")) == "exit status 9"


def test_configuration_and_dialogues_are_refused(connection: Any) -> None:
    with pytest.raises(errors.CommandRejected, match="no configuration lines"):
        connection.send_config(["ntp server 192.0.2.1"])
    with pytest.raises(errors.CommandRejected, match="without a terminal"):
        connection.send_dialog([])


def test_a_login_shell_that_is_no_shell_runs_nothing(server: LinuxServer, parameters: ConnectionParameters) -> None:
    passwd = server.folder / "passwd"
    before = passwd.read_text()
    passwd.write_text(before.replace("/home/netpulse:/bin/bash", "/home/netpulse:/bin/false"))
    try:
        with opened(Linux(), parameters) as other, pytest.raises(errors.CommandRejected, match="nothing was run"):
            other.run("touch /tmp/netpulse.ran")
    finally:
        passwd.write_text(before)
    assert "ran" not in server.inside("ls /tmp")

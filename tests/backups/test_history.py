"""The git history of configurations, as git reads it: one commit a run, whole after a crash, loud when it fails."""

from __future__ import annotations

import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from netpulse_core.bounds import BackupTable
from netpulse_core.configs.history import Change, History, message_of, path_of
from netpulse_core.errors import Refused
from netpulse_core.lab import Lab
from netpulse_core.ledger.configexports import ConfigExports
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.model.backup import HistoryStatus
from netpulse_core.model.event import EventKind
from netpulse_core.model.outcome import Outcome
from netpulse_core.worker import historian
from tests.runs.service import Service, eventually, serving

CANARY = "c4naryS3cret"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(historian, "EVERY", 0.1)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(service: Service) -> HistoryStatus:
    (found,) = service.netpulse.ledger.config_exports.all()
    return found


def written(service: Service, commits: int) -> HistoryStatus:
    def there() -> bool:
        found = service.netpulse.ledger.config_exports.all()
        return bool(found) and found[0].commits == commits and not found[0].waiting

    eventually(there, 60)
    return status(service)


def test_a_run_is_one_commit_that_names_it_and_holds_no_secret(
    service: Service, by_hand: Callable[..., None], tmp_path: Path
) -> None:
    first = service.run("backup_config", "leaf1,spine1" if "spine1" in service.lab.devices else "leaf1,leaf2")
    written(service, 1)
    by_hand(f"snmp-server community {CANARY} ro")
    second = service.run("backup_config", "leaf1")
    found = written(service, 2)
    folder = tmp_path / ".netpulse" / "configs.git"
    assert git(folder, "rev-parse", "main").strip() == found.head
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    names = git(folder, "ls-tree", "-r", "--name-only", "main").split()
    assert "leaf1.cfg" in names
    assert len(names) == 2
    newest, oldest = git(folder, "log", "--format=%B%x00").split("\0")[:2]
    assert f"NetPulse-Run: {second.id}" in newest
    assert "backup_config: 1 configuration (1 out of band)" in newest
    assert "leaf1: version 2, out of band, +1 -0" in newest
    assert f"NetPulse-Run: {first.id}" in oldest
    assert "NetPulse-Caller: local" in oldest
    everything = git(folder, "log", "-p", "--all")
    assert "+snmp-server community ********" in everything
    assert CANARY not in everything
    assert git(folder, "log", "-1", "--format=%an <%ae>").strip() == "NetPulse <netpulse@localhost>"
    assert service.run("backup_config", "leaf1").outcome is Outcome.OK
    assert written(service, 2).head == found.head


@pytest.mark.thorough
def test_a_crash_between_the_commit_and_the_ledger_makes_no_second_commit(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ConfigExports.done
    tried: list[str] = []

    def dies(self: ConfigExports, repository: str, batch: object, commit: str) -> None:
        tried.append(commit)
        if len(tried) < 3:
            raise RuntimeError("power is gone")
        done(self, repository, batch, commit)  # type: ignore[arg-type]

    monkeypatch.setattr(ConfigExports, "done", dies)
    with serving(lab, tmp_path) as service:
        service.run("backup_config")
        found = written(service, 1)
    assert len(tried) == 3
    assert len(set(tried)) == 1
    assert git(tmp_path / ".netpulse" / "configs.git", "rev-list", "--count", "main").strip() == "1"
    assert found.problem == ""


@pytest.mark.thorough
def test_what_is_pushed_arrives_and_a_push_that_fails_is_loud(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.ledger.configexports.FIRST_WAIT", 0.1)
    remote = tmp_path / "remote.git"
    with serving(lab, tmp_path, backups=BackupTable(remote=str(remote))) as service:
        run = service.run("backup_config").id
        eventually(lambda: service.netpulse.ledger.config_exports.all() and status(service).failures, 60)
        assert status(service).problem
        told = [event for event in service.netpulse.events(run) if event.kind is EventKind.CONFIG_HISTORY_FAILED]
        assert told[0].body["problem"]
        found = service.netpulse.explaining.explain(service.netpulse.get(run), "leaf1")
        assert [moment.what for moment in found.moments][-1] == "run over"
        subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
        eventually(lambda: status(service).pushed == status(service).head != "", 60)
        assert (status(service).problem, status(service).failures) == ("", 0)
    assert "hostname leaf1" in git(remote, "show", "main:leaf1.cfg")


def test_a_repository_that_somebody_else_writes_to_is_left_alone(service: Service, tmp_path: Path) -> None:
    service.run("backup_config")
    found = written(service, 1)
    folder = tmp_path / ".netpulse" / "configs.git"
    tree = git(folder, "rev-parse", "main^{tree}").strip()
    other = git(
        folder, "-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", tree, "-p", found.head, "-m", "mine"
    ).strip()
    git(folder, "update-ref", "refs/heads/main", other)
    service.run("send_config", lines=["ntp server 192.0.2.78"])
    service.run("backup_config")
    eventually(lambda: status(service).problem, 60)
    assert "its last commit is" in status(service).problem
    assert git(folder, "rev-parse", "main").strip() == other


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", ".git", "a/b", "leaf1", "ä ö", "x\ny", "%2e"])
def test_no_device_name_leaves_the_repository_or_meets_another(name: str, tmp_path: Path) -> None:
    path = path_of("{platform}/{device}.cfg", {"device": name, "platform": "../ios"})
    assert not any(part in ("", ".", "..") or part.startswith(".") for part in path.split("/"))
    assert path.count("/") == 1
    assert path_of("{device}", {"device": "a/b"}) != path_of("{device}", {"device": "a%2Fb"})
    history = History(tmp_path / "h.git", "main")
    assert history.opened("r1") == "r1"
    assert history.opened("r2") == "r1"
    change = Change(files=[(path, "hostname x\n")], message=message_of("r", "b", "c", []), author="N <n@x>", at=1)
    history.commit(change, after="")
    assert git(tmp_path / "h.git", "ls-tree", "-r", "--name-only", "-z", "main").strip("\0").endswith(".cfg")


def test_the_texts_of_a_large_run_are_not_in_memory_together(tmp_path: Path) -> None:
    history = History(tmp_path / "h.git", "main")
    history.opened("r")
    texts = ((f"r{number}.cfg", f"hostname r{number}\n" + f"! {number}\n" * 100_000) for number in range(40))
    tracemalloc.start()
    try:
        history.commit(Change(files=texts, message="m", author="N <n@x>", at=1), after="")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10_000_000
    assert len(git(tmp_path / "h.git", "ls-tree", "--name-only", "main").split()) == 40


def test_an_empty_folder_that_others_may_read_is_theirs_no_more_once_it_is_the_history(tmp_path: Path) -> None:
    folder = tmp_path / "h.git"
    folder.mkdir()
    folder.chmod(0o755)
    History(folder, "main").opened("r1")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Refused, match="no git repository"):
        History(tmp_path, "main").opened("r1")
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "told",
    [
        {"history_path": "../{device}"},
        {"history_path": "configs.cfg"},
        {"history_author": "nobody"},
        {"remote": "https://me:hunter2@git.example/x"},
        {"remote_password": "hunter2"},
        {"history_branch": "-x"},
    ],
)
def test_settings_that_would_leak_or_leave_the_folder_are_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        BackupTable(**told)


@pytest.mark.thorough
def test_what_was_kept_without_a_key_is_left_out_and_holds_up_nothing(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(keys: StoreKeys) -> NoReturn:
        raise Refused("there is no key")

    with serving(lab, tmp_path, backups=BackupTable(history_copy="normalised")) as service:
        service.netpulse.ledger.secrets.set("other", "hunter2", by="ann")  # which makes the key
        with pytest.MonkeyPatch.context() as without:
            without.setattr(StoreKeys, "newest", missing)
            service.run("backup_config", "leaf1")
        service.run("backup_config", "leaf2")
        found = written(service, 1)
    assert found.problem == ""
    assert git(tmp_path / ".netpulse" / "configs.git", "ls-tree", "-r", "--name-only", "main").split() == ["leaf2.cfg"]
    (said,) = [one for one in caplog.records if "leaves out of run" in one.message]
    assert "leaf1 version 1" in said.message


def test_a_history_of_secrets_without_any_key_is_loud(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoreKeys, "of", classmethod(lambda cls, settings: cls()))
    with serving(lab, tmp_path, backups=BackupTable(history_copy="normalised")) as service:
        service.run("backup_config", "leaf1")
        eventually(lambda: service.netpulse.ledger.config_exports.all() and status(service).problem, 60)
        assert "without a key of the store none is kept" in status(service).problem
        assert status(service).waiting


def test_a_repository_that_took_the_place_of_a_broken_one_is_well(service: Service, tmp_path: Path) -> None:
    service.run("backup_config", "leaf1")
    written(service, 1)
    folder = tmp_path / ".netpulse" / "configs.git"
    service.netpulse.ledger.config_exports.failed(status(service).repository, "somebody else writes here")
    assert not service.netpulse.ledger.config_exports.well()
    folder.rename(tmp_path / "moved away")
    eventually(service.netpulse.ledger.config_exports.well, 60)
    assert folder.exists()

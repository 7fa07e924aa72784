"""What a runbook logs is in the log of its process, without the secrets it was given."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core.lab import Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.runs.known import KnownSecrets
from netpulse_core.runs.logged import mask_logs
from tests.runs.service import SECRET, VARIABLE, Service, serving

MARK = r"\*{8}-[0-9a-f]{10}"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process logs by a handler that was there before its worker."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def service(written: io.StringIO, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv(VARIABLE, SECRET)
    with serving(lab, tmp_path) as service:
        yield service


@pytest.mark.parametrize("token", ["t0ken-of-a-runbook", "k3y7"])
def test_a_secret_that_a_runbook_logs_is_masked(
    service: Service, written: io.StringIO, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("TOKEN", token)
    done = service.run("use_secret", password="env:TOKEN", how="log")
    assert done.outcome is Outcome.OK, done.message
    said = written.getvalue()
    assert re.search(rf"^it takes {MARK}\n{MARK}\nit was refused\nTraceback", said)
    assert re.search(rf"^ValueError: {MARK}\nStack ", said, re.MULTILINE)
    assert token not in said


def test_what_another_thread_logs_later_is_masked_too(
    service: Service, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken-of-a-thread")
    assert service.run("use_secret", password="env:TOKEN").outcome is Outcome.OK
    logging.getLogger("another").error("sent %(token)s of %(size)d", {"token": "t0ken-of-a-thread", "size": 3})
    assert re.fullmatch(rf"sent {MARK} of 3\n", written.getvalue())


def test_what_handlers_of_others_get_is_left_as_it_was(written: io.StringIO) -> None:
    known = KnownSecrets()
    known.learn("t0ken-of-a-node")
    mask_logs(known, b"k")
    late = io.StringIO()
    handler = logging.StreamHandler(late)
    logging.getLogger().addHandler(handler)
    try:
        logging.getLogger("another").error("sent %s", "t0ken-of-a-node")
    finally:
        logging.getLogger().removeHandler(handler)
    assert late.getvalue() == "sent t0ken-of-a-node\n"
    assert re.fullmatch(rf"sent {MARK}\n", written.getvalue())


def test_where_no_handler_was_set_up_what_python_writes_is_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = KnownSecrets()
    known.learn("t0ken-of-a-node")
    mask_logs(known, b"k")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.getLogger("another").error("sent %s", "t0ken-of-a-node")
    assert re.fullmatch(rf"sent {MARK}\n", capsys.readouterr().err)


def test_what_python_says_of_a_line_whose_arguments_do_not_fit_has_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler()])
    known, token = KnownSecrets(), "t0ken-of-a-node"
    known.learn(token)
    mask_logs(known, b"k")
    logging.getLogger("another").error("no place for it", token)
    told = capsys.readouterr().err
    assert "not all arguments converted" in told
    assert "Message: 'no place for it'" in told
    assert token not in told


def test_a_record_made_elsewhere_is_no_error_of_who_logs(written: io.StringIO) -> None:
    known = KnownSecrets()
    known.learn("t0ken-of-a-node")
    mask_logs(known, b"k")
    odd = {"msg": "t0ken-of-a-node", "levelno": logging.ERROR, "exc_info": True}
    logging.getLogger("another").handle(logging.makeLogRecord(odd))
    assert re.fullmatch(rf"{MARK}\n", written.getvalue())


def test_a_traceback_without_secrets_stays_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    known = KnownSecrets()
    known.learn("t0ken-of-a-node")
    mask_logs(known, b"k")
    for words in ("no route", "t0ken-of-a-node"):
        try:
            raise ValueError(words)
        except ValueError:
            logging.getLogger("another").exception("it failed")
    first, second = caplog.records
    assert first.exc_info is not None
    assert second.exc_info is None
    assert "t0ken-of-a-node" not in caplog.text

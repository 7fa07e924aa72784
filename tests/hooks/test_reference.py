"""The reference says what the specifications say, and each of its examples is a plugin that works."""

import inspect
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import anyio
import httpx
import jinja2
import pytest
import typer
from fastapi import FastAPI
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from typer.testing import CliRunner

from netpulse_core import events
from netpulse_core.errors import DeliveryFailed, NotFound
from netpulse_core.hooks import reference
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.notifier import Outgoing
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.run import RunRequest
from netpulse_core.model.templates import Records, Template

ROOT = Path(__file__).parents[2]


class NoTemplates:
    """A library without templates."""

    def find(self, name: str) -> Template | None:
        return None

    def get(self, name: str) -> Template:
        raise NotFound("template", name)


def registers_runbooks(plugins: Plugins) -> None:
    assert {"ask_show_clock", "ask_show_users"} <= set(plugins.runbooks)


def registers_a_driver(plugins: Plugins) -> None:
    assert plugins.drivers["console"].sentence.startswith("netmiko through")


def registers_a_renderer(plugins: Plugins) -> None:
    template = Template(name="hello.dollars", root="site", text="hello $name", place="templates/hello.dollars")
    assert "".join(plugins.renderers["dollars"].render(template, {"name": "leaf1"}, NoTemplates())) == "hello leaf1"


def registers_a_parser(plugins: Plugins) -> None:
    template = Template(name="a.columns", root="site", text="name mtu", place="templates/a.columns")
    found = plugins.parsers["columns"].parse(template, "eth0 1500\nlo 65536 up", NoTemplates())
    assert found == Records([{"name": "eth0", "mtu": "1500"}], matched=1)


def registers_a_check(plugins: Plugins) -> None:
    check = plugins.checks["hostname_as_in_the_inventory"]
    leaf1 = Device(name="leaf1", key="leaf1", address="leaf1")
    for line, verdict in (("hostname leaf1", "pass"), ("hostname leaf10", "fail")):
        assert check.judge(leaf1, {"running_config": f"!\n{line}\n!\nend"}).verdict == verdict


def adds_a_filter(plugins: Plugins) -> None:
    environment = jinja2.Environment()
    plugins.prepare_jinja(environment)
    assert environment.from_string("{{ 7 | rack_unit }}").render() == "U07"


def derives_data(plugins: Plugins) -> None:
    host = Host("r7-leaf1")
    plugins.prepare_inventory(Inventory(Hosts({host.name: host}), Groups(), Defaults()))
    assert host["rack"] == "r7"


def adds_a_route(plugins: Plugins) -> None:
    app = FastAPI()
    plugins.prepare_api(app)

    async def owner() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://netpulse") as client:
            return await client.get("/owner")

    assert "4711" in anyio.run(owner).json()


def adds_a_command(plugins: Plugins) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    plugins.prepare_cli(app)
    assert "4711" in CliRunner().invoke(app, ["oncall"]).output


def refuses_many_changes(plugins: Plugins) -> None:
    def refusals(runbook: str, count: int) -> list[str]:
        request, found = RunRequest(runbook=runbook, target="*"), plugins.runbook(runbook)
        return plugins.refusals(request, found, [SimpleNamespace()] * count, Caller(name="ann"))  # type: ignore[list-item]

    assert "51 devices at once" in refusals("send_config", 51)[0]
    assert refusals("send_config", 50) == refusals("send_commands", 51) == []


def reads_a_secret(plugins: Plugins) -> None:
    with pytest.raises(Exception, match="resolve_secret"):  # there is no such file here: the plugin was asked
        plugins.secret("vaultdir://core/password")


def believes_a_proxy(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_PROOF", "between us")
    named = {"x-forwarded-user": "ann"}
    assert plugins.identify({"x-proxy-proof": "between us", **named}) == Caller(name="ann")
    assert plugins.identify({"x-proxy-proof": "a guess", **named}) is None


def pages_somebody(plugins: Plugins, caplog: pytest.LogCaptureFixture) -> None:
    said: dict[str, Any] = {"run": "r1", "number": 7, "at": 0.0, "runbook": "set_ntp", "caller": "ann"}
    failed = events.RunFinished(**said, verdict=Verdict.FAILED, counts={Outcome.UNREACHABLE: 2})
    for event in (failed, events.JobInDoubt(**said, device="leaf1", outcome=Outcome.IN_DOUBT, problem=None)):
        plugins.observe("plugins/example.py", event)
    assert caplog.messages == [
        "set_ntp failed on every device", "page somebody: leaf1 is in doubt since run r1"
    ]  # fmt: skip


def sends_mail(plugins: Plugins) -> None:
    notifier, endpoint = plugins.endpoints()["oncall"]
    assert (notifier.name, sorted(endpoint.kinds)) == ("mail", ["job.in_doubt"])
    outgoing = Outgoing(id="d1", endpoint="oncall", kind="job.in_doubt", body="{}", attempt=1)
    nobody = patch("smtplib.SMTP", side_effect=ConnectionRefusedError("nobody there"))
    with nobody, pytest.raises(DeliveryFailed, match="no mail: nobody there"):
        notifier.send(outgoing, str)


def places_near(plugins: Plugins) -> None:
    nodes: Any = [SimpleNamespace(name=f"{place}-1", id=place, sessions=0) for place in ("fra", "ams")]
    assert plugins.place("ams-leaf1", nodes) == "ams"


SHOWN: dict[str, Callable[..., None]] = {
    "register_runbooks": registers_runbooks,
    "register_drivers": registers_a_driver,
    "register_renderers": registers_a_renderer,
    "register_parsers": registers_a_parser,
    "register_checks": registers_a_check,
    "prepare_jinja": adds_a_filter,
    "prepare_inventory": derives_data,
    "prepare_api": adds_a_route,
    "prepare_cli": adds_a_command,
    "refuse_run": refuses_many_changes,
    "resolve_secret": reads_a_secret,
    "identify_caller": believes_a_proxy,
    "observe": pages_somebody,
    "register_notifiers": sends_mail,
    "place_device": places_near,
}


@pytest.mark.parametrize("hook", reference.hooks())
def test_each_example_is_a_plugin_that_does_what_it_shows(
    hook: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "example.py").write_text(reference.example(reference.hooks()[hook]))
    plugins = Plugins.load(tmp_path)
    assert "plugins/example.py" in plugins.implementers(hook)
    shown = SHOWN[hook]
    shown(plugins, *[request.getfixturevalue(name) for name in list(inspect.signature(shown).parameters)[1:]])


@pytest.mark.parametrize("hook", reference.hooks())
def test_each_hook_says_where_it_is_called_and_what_a_raise_does(hook: str) -> None:
    text = inspect.getdoc(reference.hooks()[hook]) or ""
    assert "\nCalled in: " in text
    assert "\nIf you raise: " in text


@pytest.mark.parametrize("hook", reference.hooks())
def test_each_hook_has_a_real_user(hook: str) -> None:
    """Among what ships, or in the reference site."""
    assert Plugins.load(ROOT).implementers(hook)


def test_the_page_is_what_the_specifications_say() -> None:
    said = "run `.venv/bin/python -m netpulse_core.hooks.reference > docs/hooks.md`"
    assert (ROOT / "docs" / "hooks.md").read_text() == reference.page(), said


@pytest.mark.thorough
def test_the_reference_sites_command_counts_its_sites() -> None:
    command = [str(ROOT / ".venv" / "bin" / "netpulse"), "sites"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "ams  " in done.stdout

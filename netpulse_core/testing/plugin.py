"""The pytest plugin: its fixtures. Nothing else of NetPulse is imported before a test asks for one of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from netpulse_core.testing.clock import Clock
    from netpulse_core.testing.device import FakeDevice, Told
    from netpulse_core.testing.folder import Content
    from netpulse_core.testing.instance import Instance

pytest.register_assert_rewrite("netpulse_core.testing.contracts")


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> "Callable[[Mapping[str, Content]], Path]":
    """Make a site: `site({"inventory/hosts.yaml": {"leaf1": device.inventory()}})` returns its folder.

    What is neither text nor a path is written as YAML.
    """
    from netpulse_core.testing.folder import write  # noqa: PLC0415

    return lambda files: write(tmp_path_factory.mktemp("site"), files)


@pytest.fixture
def netpulse() -> "Iterator[Callable[..., Instance]]":
    """Run a site: `netpulse(site).run("send_commands", "leaf1", commands=["show version"])` returns what became of it.

    Further arguments are settings, as in netpulse.toml. It ends with the test.
    """
    from netpulse_core.testing.instance import running  # noqa: PLC0415 - a whole service

    with ExitStack() as stack:
        yield lambda site, **settings: stack.enter_context(running(site, **settings))


@pytest.fixture
def fake_device() -> "Iterator[Callable[..., FakeDevice]]":
    """Run a device of a script behind real SSH: `fake_device({"prompt": "leaf1> ", "lines": [...]}, name="leaf1")`.

    The script may be a YAML file's path. It ends with the test.
    """
    from netpulse_core.testing.device import running  # noqa: PLC0415 - it needs asyncssh

    def start(script: "Told", **named: Any) -> "FakeDevice":
        return stack.enter_context(running(script, **named))

    with ExitStack() as stack:
        yield start


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> "Iterator[Callable[..., FakeDevice]]":
    """Run a device as `netpulse record` recorded it: `cassette("leaf1.yaml")`, a file in the folder of the test.

    It answers what was recorded, and refuses the rest as its platform does; it ends with the test.
    """
    from netpulse_core.testing.device import running  # noqa: PLC0415 - it needs asyncssh

    with ExitStack() as stack:
        yield lambda file, **named: stack.enter_context(running(request.path.parent / file, **named))


@pytest.fixture
def api() -> "Iterator[Callable[[Instance], httpx.Client]]":
    """Speak REST: `api(netpulse(site)).get("/v1/devices")`, with the key of an administrator."""
    with ExitStack() as stack:
        yield lambda instance: stack.enter_context(instance.http())


@pytest.fixture
def clock() -> "Clock":
    """A clock for code that takes one: `clock()` is the time, and `clock.advance(60)` lets a minute pass."""
    from netpulse_core.testing.clock import Clock  # noqa: PLC0415

    return Clock()

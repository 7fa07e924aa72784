"""What every plugin that resolves secret references must hold: subclass the contract and name a secret it has."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from netpulse_core import errors
from netpulse_core.inventory.secrets import is_reference


class SecretContract:
    """It answers for its own scheme, leaves others alone, and says what it has not got without telling what it has."""

    plugin: Any
    """The plugin: the module, or the object, that implements `resolve_secret`."""
    missing: str
    """A reference of its scheme behind which there is nothing."""

    @pytest.fixture
    def secret(self) -> tuple[str, str]:
        """A reference, and the secret that is behind it while the test lasts."""
        raise NotImplementedError

    def resolve(self, reference: str) -> Any:
        """Ask the plugin."""
        return self.plugin.resolve_secret(reference=reference)

    def test_it_is_a_hook(self) -> None:
        assert hasattr(self.plugin.resolve_secret, "netpulse_impl"), "mark it with @hookimpl, or nobody asks it"

    def test_its_references_are_references(self, secret: tuple[str, str]) -> None:
        assert [one for one in (secret[0], self.missing) if not is_reference(one)] == []

    def test_what_is_behind_a_reference_comes_back_whole(self, secret: tuple[str, str]) -> None:
        reference, value = secret
        assert self.resolve(reference) == value
        assert self.resolve(reference) == value

    def test_many_sessions_may_ask_at_once(self, secret: tuple[str, str]) -> None:
        reference, value = secret
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(self.resolve, [reference] * 32)) == {value}

    @pytest.mark.parametrize("foreign", ["another-scheme:name", "another-scheme://name/of#it"])
    def test_a_reference_of_another_scheme_is_left_to_others(self, foreign: str) -> None:
        assert self.resolve(foreign) is None

    def test_what_is_not_there_is_an_error_of_ours_and_no_empty_secret(self, secret: tuple[str, str]) -> None:
        with pytest.raises(errors.NetPulseError) as caught:
            self.resolve(self.missing)
        said = f"{caught.value} {caught.value.hint}"
        assert said.strip()
        assert secret[1] not in said

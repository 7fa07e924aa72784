"""A configuration that could not be saved is told from one that was, as the vendors word it."""

import pytest

from netpulse_core.builtins.netmiko.platforms import rejection
from tests.builtins.test_refusals import each

NOT_SAVED = {
    "cisco_ios": [
        "startup-config file open failed (Device or resource busy)",
        "Building configuration...\n% Error in authentication.",
        "%Error opening nvram:/startup-config (Permission denied)",
    ],
    "cisco_nxos": ["Configuration update aborted: request was aborted", "Error: Could not copy to startup-config"],
    "arista_eos": ["% Error copying system:/running-config to flash:/startup-config (Permission denied)"],
    "frr": [
        "Can't open configuration file /etc/frr/frr.conf.WXYZ.\n",
        "% Can't open configuration file: Permission denied",
    ],
}
SAVED = {
    "cisco_ios": [
        "Building configuration...\n[OK]",
        "Building configuration...\nCompressed configuration from 3000 bytes to 1500 bytes[OK]",
        "Destination filename [startup-config]? \nBuilding configuration...\n[OK]",
    ],
    "cisco_nxos": [
        "Copy complete.",
        "[########################################] 100%\n"
        "Copy complete, now saving to disk (please wait)...\nCopy complete.",
    ],
    "cisco_asa": ["Building configuration...\nCryptochecksum: 9ad4e2f1\n\n3000 bytes copied in 0.2 secs\n[OK]"],
    "arista_eos": ["Copy completed successfully."],
    "frr": [
        "Note: this version of vtysh never writes vtysh.conf\nBuilding Configuration...\n"
        "Integrated configuration saved to /etc/frr/frr.conf\n[OK]",
    ],
    "huawei": ["Now saving the current configuration to the slot 1 .\nInfo: Save the configuration successfully."],
    "vyos": ["Saving configuration to '/config/config.boot'...\nDone\n[edit]"],
}  # fmt: skip


@pytest.mark.parametrize(("platform", "said"), each(NOT_SAVED))
def test_a_configuration_that_could_not_be_saved_is_noticed(platform: str, said: str) -> None:
    assert rejection(platform, said, configuring=True) is not None


@pytest.mark.parametrize(("platform", "said"), each(SAVED))
def test_one_that_was_saved_is_taken_for_saved(platform: str, said: str) -> None:
    assert rejection(platform, said, configuring=True) is None

"""The lab is judged by the clients it exists for: netmiko and asyncssh, over real SSH."""

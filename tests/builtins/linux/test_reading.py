"""Which command lines a job that only reads may send: those known to read, and nothing with a shell's signs."""

import pytest

from netpulse_core.builtins.linux.driver import Linux

READS = """
cat /etc/os-release
date
date +%Y-%m-%d
df -h
dmesg -T
du -sh /var/log
ethtool -S eth0
free -m
grep -i error /var/log/syslog
head -n 5 /etc/passwd
hostname -f
id
ip -j addr show
ip addr
ip -br link
ip route get 192.0.2.1
ip -6 route show table all
journalctl -u ssh.service -n 50 --no-pager
ls -l /etc
mount
ps -ef
ss -tlnp
stat /etc/passwd
sysctl net.ipv4.ip_forward
systemctl status ssh
systemctl is-active ssh.service
tail -n 100 /var/log/syslog
uname -a
uptime
""".strip().splitlines()

CHANGES = """
reboot
rm -rf /
cat /etc/passwd > /tmp/x
cat /etc/passwd; id
cat `id`
cat $(id)
cat $HOME
cat a | tee b
cat a && id
cat a & id
cat 'a'
cat /dev/watchdog
cat ../dev/watchdog
head dev/watchdog
date -s 2026-01-01
date 010203042026
dmesg -C
dmesg -c
ethtool -K eth0 gro off
ethtool -s eth0 speed 100
hostname other
ip addr add 192.0.2.1/24 dev eth0
ip a add 192.0.2.1/24 dev eth0
ip link set eth0 down
ip -b /tmp/batch
ip netns exec a reboot
ip route flush all
ip neigh flush all
journalctl --vacuum-size=1M
journalctl --rotate
mount /dev/sda1 /mnt
mount -o remount,rw /
ss -K dst 192.0.2.1
ss --kill
sysctl -w net.ipv4.ip_forward=1
sysctl net.ipv4.ip_forward=1
sysctl -p
systemctl restart ssh
systemctl status --now; id
systemctl -H other status ssh
tail -f /var/log/syslog
sudo cat /etc/shadow
env A=1 cat /etc/passwd
A=1 cat /etc/passwd
/bin/cat /etc/passwd
find / -delete
sort -o /etc/passwd /etc/passwd
ls ~
ls *
bash
""".strip().splitlines()


@pytest.mark.parametrize("line", READS)
def test_a_line_that_reads(line: str) -> None:
    assert Linux().is_read("linux", line)


@pytest.mark.parametrize("line", [*CHANGES, "", "cat a\nid", "cat a\rid", "cat \u2028id", "c" * 2000])
def test_a_line_that_may_change(line: str) -> None:
    assert not Linux().is_read("linux", line)


def test_sudo_and_variables_make_another_command_of_it() -> None:
    driver = Linux()
    for kwargs, line in (
        ({}, "cat /etc/passwd"),
        ({"sudo": True}, "sudo cat /etc/passwd"),
        ({"sudo": "nobody"}, "sudo -u nobody cat /etc/passwd"),
        ({"env": {"PAGER": "hush"}}, "env PAGER cat /etc/passwd"),
    ):
        assert driver.lines("run", ("cat /etc/passwd",), kwargs) == (line,)
        assert driver.is_read("linux", line) is (not kwargs)

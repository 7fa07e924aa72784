"""What devices say, in the sizes that are asked for; the same on both sides."""

_INTERFACE = """\
GigabitEthernet{unit} is up, line protocol is up (connected)
  Hardware is iGbE, address is 5254.0012.{unit:04x} (bia 5254.0012.{unit:04x})
  Description: to rack {unit}
  Internet address is 10.{high}.{low}.1/24
  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,
     reliability 255/255, txload 1/255, rxload 1/255
  Encapsulation ARPA, loopback not set
  Keepalive set (10 sec)
  Full Duplex, Auto Speed, link type is auto, media type is RJ45
  output flow-control is unsupported, input flow-control is unsupported
  ARP type: ARPA, ARP Timeout 04:00:00
  Last input 00:00:{second:02d}, output 00:00:01, output hang never
  Last clearing of "show interface" counters never
  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: {unit}
  Queueing strategy: fifo
  Output queue: 0/40 (size/max)
  5 minute input rate {unit}000 bits/sec, 12 packets/sec
  5 minute output rate 1000 bits/sec, {second} packets/sec
     {unit}34 packets input, 4042 bytes, 0 no buffer
     Received 0 broadcasts (0 IP multicasts)
     0 runts, 0 giants, 0 throttles
     {second} input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored
     0 watchdog, 0 multicast, 0 pause input
     {unit}01 packets output, 83000 bytes, 0 underruns
     0 output errors, 0 collisions, 3 interface resets
     0 unknown protocol drops
     0 babbles, 0 late collision, 0 deferred
     0 lost carrier, 0 no carrier, 0 pause output
     0 output buffer failures, 0 output buffers swapped out
"""
_CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area

Gateway of last resort is not set

      10.0.0.0/8 is variably subnetted, {routes} subnets, 2 masks
"""
_VERSION = """\
Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), Version 15.6(2)T, RELEASE SOFTWARE (fc2)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2016 by Cisco Systems, Inc.
Compiled Tue 22-Mar-16 16:19 by prod_rel_team


ROM: Bootstrap program is IOSv

leaf1 uptime is 3 weeks, 2 days, 4 hours, 11 minutes
System returned to ROM by reload
System image file is "flash0:/vios-adventerprisek9-m"
Last reload reason: Unknown reason


This product contains cryptographic features and is subject to United
States and local country laws governing import, export, transfer and
use. Delivery of Cisco cryptographic products does not imply
third-party authority to import, export, distribute or use encryption.

Cisco IOSv (revision 1.0) with  with 460017K/62464K bytes of memory.
Processor board ID 9ABCDEF1234
4 Gigabit Ethernet interfaces
DRAM configuration is 72 bits wide with parity disabled.
256K bytes of non-volatile configuration memory.
2097152K bytes of ATA System CompactFlash 0 (Read/Write)
0K bytes of ATA CompactFlash 1 (Read/Write)

Configuration register is 0x0
"""
_BRIEF = "Interface                  IP-Address      OK? Method Status                Protocol\n"

PLATFORM = "cisco_ios"


def small() -> dict[str, str]:
    """Return outputs of a screen by their command."""
    ports = [f"GigabitEthernet0/{n:<10}10.0.{n}.1        YES NVRAM  up                    up" for n in range(48)]
    return {"show version": _VERSION, "show ip interface brief": _BRIEF + "\n".join(ports) + "\n"}


def large(lines: int) -> dict[str, str]:
    """Return outputs of so many lines by their command."""
    routes = [
        f"O        10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 [110/{n % 50}] via 192.168.0.{n % 250}, 1d02h, "
        f"GigabitEthernet0/{n % 4}"
        for n in range(lines)
    ]
    whole = _INTERFACE.count("\n")
    ports = [_INTERFACE.format(unit=n, high=n >> 8, low=n & 255, second=n % 60) for n in range(lines // whole)]
    return {"show ip route": _CODES.format(routes=lines) + "\n".join(routes) + "\n", "show interfaces": "".join(ports)}

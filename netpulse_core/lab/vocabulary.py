"""The words the simulated devices know, one pattern a line (see grammar)."""

from netpulse_core.lab import sections
from netpulse_core.lab.grammar import Grammar

_USER = """
enable
disable
exit
logout
quit
ping WORD
ping WORD LINE
terminal length NUMBER
terminal width NUMBER
terminal monitor
terminal no monitor
show clock
show version
show inventory
show users
show privilege
show interfaces
show interfaces INTERFACE
show interfaces description
show ip interface brief
"""

_PRIVILEGED = """
configure
configure terminal
configure terminal revert timer NUMBER
configure replace WORD LINE
configure confirm
configure revert now
dir
dir WORD
more WORD
verify /md5 WORD
copy running-config WORD
copy WORD WORD
show archive
show archive config differences WORD WORD
show archive config incremental-diffs WORD ignorecase
show archive config rollback timer
show running-config
show running-config interface INTERFACE
show startup-config
write
write memory
write terminal
copy running-config startup-config
write erase
erase startup-config
show tcp brief
clear tcp local WORD NUMBER remote WORD NUMBER
clear line NUMBER
clear line vty NUMBER
clear counters
reload
"""

_ANYWHERE = """
do LINE
end
exit
"""

_GLOBAL = """
hostname WORD
version WORD
interface INTERFACE >interface
router bgp NUMBER >router
router ospf NUMBER >router
router eigrp NUMBER >router
router isis WORD >router
vlan NUMBER >vlan
line console NUMBER >line
line vty NUMBER >line
line vty NUMBER NUMBER >line
line aux NUMBER >line
vrf definition WORD >vrf
ip vrf WORD >vrf
ip access-list standard WORD >access-list
ip access-list extended WORD >access-list
route-map WORD permit NUMBER >route-map
route-map WORD deny NUMBER >route-map
class-map match-any WORD >class-map
class-map match-all WORD >class-map
policy-map WORD >policy-map
archive >archive
username KEY LINE
enable secret LINE
enable password LINE
banner motd LINE
banner login LINE
banner exec LINE
boot-start-marker
boot-end-marker
service timestamps KEY LINE
service password-encryption
service tcp-keepalives-in
service tcp-keepalives-out
service pad !
aaa new-model
aaa authentication KEY LINE +
aaa authorization KEY LINE +
aaa accounting KEY LINE +
access-list NUMBER LINE +
tacacs-server host LINE +
radius-server host LINE +
clock timezone LINE
clock summer-time LINE
crypto key LINE
file prompt quiet
cdp run !
lldp run
spanning-tree mode WORD
spanning-tree extend system-id
spanning-tree vlan KEY LINE
vtp mode WORD
vtp domain WORD
ntp server LINE +
ntp source INTERFACE
ntp authenticate
ntp authentication-key KEY LINE
ntp trusted-key NUMBER
logging host LINE +
logging buffered LINE
logging trap WORD
logging source-interface INTERFACE
logging console !
logging console WORD
snmp-server community KEY LINE
snmp-server location LINE
snmp-server contact LINE
snmp-server host LINE +
snmp-server enable traps
snmp-server enable traps LINE
ip route LINE +
ip prefix-list LINE +
ip community-list LINE +
ip as-path access-list LINE +
ip name-server ADDRESS +
ip domain name WORD
ip domain lookup !
ip domain-name WORD
ip domain-lookup !
ip default-gateway ADDRESS
ip http server
ip http secure-server
ip scp server enable
ip ssh version NUMBER
ip ssh time-out NUMBER
ip ssh source-interface INTERFACE
ip cef
ip routing !
ip forward-protocol nd
ip tacacs source-interface INTERFACE
ip multicast-routing
ipv6 unicast-routing
ipv6 route LINE +
errdisable recovery cause WORD +
alias exec KEY LINE
default interface INTERFACE
"""

USER = Grammar(_USER)
PRIVILEGED = Grammar(_USER, _PRIVILEGED)
CONFIGURATION = Grammar(_ANYWHERE)

MODES = {
    "": Grammar(_GLOBAL),
    "interface": Grammar(sections.INTERFACE),
    "router": Grammar(sections.ROUTER),
    "address-family": Grammar(sections.ROUTER, sections.FAMILY_END),
    "line": Grammar(sections.LINE),
    "vlan": Grammar(sections.VLAN),
    "vrf": Grammar(sections.VRF),
    "vrf-family": Grammar("route-target LINE +", sections.FAMILY_END),
    "access-list": Grammar(sections.ACCESS_LIST),
    "route-map": Grammar(sections.ROUTE_MAP),
    "class-map": Grammar(sections.CLASS_MAP),
    "policy-map": Grammar(sections.POLICY_MAP),
    "policy-class": Grammar(sections.POLICY_CLASS),
    "archive": Grammar(sections.ARCHIVE),
    "archive-log": Grammar(sections.ARCHIVE_LOG),
}

PROMPTS = {
    "": "config",
    "interface": "config-if",
    "router": "config-router",
    "address-family": "config-router-af",
    "line": "config-line",
    "vlan": "config-vlan",
    "vrf": "config-vrf",
    "vrf-family": "config-vrf-af",
    "access-list": "config-ext-nacl",
    "route-map": "config-route-map",
    "class-map": "config-cmap",
    "policy-map": "config-pmap",
    "policy-class": "config-pmap-c",
    "archive": "config-archive",
    "archive-log": "config-archive-log-cfg",
}

"""The words the simulated devices know, one pattern a line (see grammar)."""

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
show running-config
show running-config interface INTERFACE
show startup-config
write
write memory
write terminal
copy running-config startup-config
write erase
erase startup-config
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

_INTERFACE = """
description LINE
ip address ADDRESS ADDRESS
ip address ADDRESS ADDRESS secondary +
ip address dhcp
ip ospf cost NUMBER
ip ospf NUMBER area WORD
ip ospf network WORD
ip mtu NUMBER
ip helper-address ADDRESS +
ip access-group KEY in
ip access-group KEY out
ip redirects !
ip proxy-arp !
ip unreachables !
ip vrf forwarding WORD
ipv6 address WORD +
ipv6 enable
vrf forwarding WORD
shutdown
mtu NUMBER
bandwidth NUMBER
delay NUMBER
speed WORD
duplex WORD
negotiation auto
load-interval NUMBER
encapsulation dot1q NUMBER
switchport !
switchport mode WORD
switchport access vlan NUMBER
switchport voice vlan NUMBER
switchport nonegotiate
switchport trunk native vlan NUMBER
switchport trunk allowed vlan LINE
switchport trunk encapsulation WORD
channel-group NUMBER mode WORD
spanning-tree portfast
spanning-tree bpduguard enable
storm-control KEY level LINE
service-policy input WORD
service-policy output WORD
standby NUMBER LINE +
cdp enable !
lldp transmit !
lldp receive !
keepalive NUMBER
media-type WORD
tunnel source LINE
tunnel destination WORD
"""

_ROUTER = """
bgp router-id ADDRESS
bgp log-neighbor-changes
bgp graceful-restart
router-id ADDRESS
neighbor KEY remote-as NUMBER
neighbor KEY peer-group
neighbor KEY peer-group WORD
neighbor KEY description LINE
neighbor KEY update-source INTERFACE
neighbor KEY password LINE
neighbor KEY timers LINE
neighbor KEY activate
neighbor KEY shutdown
neighbor KEY next-hop-self
neighbor KEY send-community
neighbor KEY send-community both
neighbor KEY soft-reconfiguration inbound
neighbor KEY route-map KEY in
neighbor KEY route-map KEY out
neighbor KEY maximum-prefix NUMBER
network LINE +
redistribute LINE +
passive-interface INTERFACE +
passive-interface default
maximum-paths NUMBER
default-information originate
auto-cost reference-bandwidth NUMBER
log-adjacency-changes
auto-summary !
timers bgp LINE
address-family ipv4 >address-family
address-family ipv4 unicast >address-family
address-family ipv4 vrf WORD >address-family
address-family ipv6 >address-family
"""

_LINE = """
login
login local
login authentication WORD
password LINE
exec-timeout NUMBER NUMBER
transport input LINE
transport output LINE
transport preferred WORD
logging synchronous
access-class KEY in
access-class KEY out
privilege level NUMBER
length NUMBER
stopbits NUMBER
session-timeout NUMBER
"""

_VLAN = """
name LINE
state WORD
shutdown
"""

_VRF = """
rd WORD
description LINE
route-target LINE +
address-family ipv4 >vrf-family
address-family ipv6 >vrf-family
"""

_ACCESS_LIST = """
permit LINE +
deny LINE +
remark LINE +
NUMBER LINE +
"""

_ROUTE_MAP = """
match LINE +
set LINE +
description LINE
continue NUMBER
"""

_CLASS_MAP = """
match LINE +
description LINE
"""

_POLICY_MAP = """
class WORD >policy-class
description LINE
"""

_POLICY_CLASS = """
bandwidth LINE
priority LINE
police LINE
set LINE +
service-policy WORD
fair-queue
random-detect
"""

_ARCHIVE = """
path LINE
maximum NUMBER
write-memory
time-period NUMBER
log config >archive-log
"""

_ARCHIVE_LOG = """
logging enable
notify syslog
hidekeys
"""

_FAMILY_END = """
exit-address-family
"""

USER = Grammar(_USER)
PRIVILEGED = Grammar(_USER, _PRIVILEGED)
CONFIGURATION = Grammar(_ANYWHERE)

MODES = {
    "": Grammar(_GLOBAL),
    "interface": Grammar(_INTERFACE),
    "router": Grammar(_ROUTER),
    "address-family": Grammar(_ROUTER, _FAMILY_END),
    "line": Grammar(_LINE),
    "vlan": Grammar(_VLAN),
    "vrf": Grammar(_VRF),
    "vrf-family": Grammar("route-target LINE +", _FAMILY_END),
    "access-list": Grammar(_ACCESS_LIST),
    "route-map": Grammar(_ROUTE_MAP),
    "class-map": Grammar(_CLASS_MAP),
    "policy-map": Grammar(_POLICY_MAP),
    "policy-class": Grammar(_POLICY_CLASS),
    "archive": Grammar(_ARCHIVE),
    "archive-log": Grammar(_ARCHIVE_LOG),
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

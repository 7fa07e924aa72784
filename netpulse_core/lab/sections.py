"""The words known inside the sections of a configuration (see grammar)."""

INTERFACE = """
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

ROUTER = """
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

LINE = """
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

VLAN = """
name LINE
state WORD
shutdown
"""

VRF = """
rd WORD
description LINE
route-target LINE +
address-family ipv4 >vrf-family
address-family ipv6 >vrf-family
"""

ACCESS_LIST = """
permit LINE +
deny LINE +
remark LINE +
NUMBER LINE +
"""

ROUTE_MAP = """
match LINE +
set LINE +
description LINE
continue NUMBER
"""

CLASS_MAP = """
match LINE +
description LINE
"""

POLICY_MAP = """
class WORD >policy-class
description LINE
"""

POLICY_CLASS = """
bandwidth LINE
priority LINE
police LINE
set LINE +
service-policy WORD
fair-queue
random-detect
"""

ARCHIVE = """
path LINE
maximum NUMBER
write-memory
time-period NUMBER
log config >archive-log
"""

ARCHIVE_LOG = """
logging enable
notify syslog
hidekeys
"""

FAMILY_END = """
exit-address-family
"""

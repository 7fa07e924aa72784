"""Forms of secrets that devices say, and lines that only look a little like one."""

CANARY = "kAn4rY-0d1n"
SECRETS = """\
enable secret 5 $1$nc08$CANARY.
enable secret 9 $9$nhEmQVczB7dqsO$CANARY
enable secret CANARY
enable password 7 094F471A1A0ACANARY
enable algorithm-type scrypt secret CANARY
username ada privilege 15 secret 8 $8$dsYGNam3K1SIJO$CANARY
username ada privilege 15 password 0 CANARY
username ada password 5 $5$CIEHOH$CANARY role network-admin
username ada secret sha512 $6$vUWWY$CANARY
username ada common-criteria-policy p password 0 CANARY
snmp-server community CANARY RO 10
snmp-server community 7 CANARY RO
snmp-server host 192.0.2.1 CANARY
snmp-server host 192.0.2.1 vrf MGMT version 2c CANARY bgp
snmp-server host 192.0.2.1 traps version 2c CANARY
snmp-server user ada ops v3 auth sha CANARY priv aes 128 s0me-other
snmp-server user ada ops v3 auth md5 0x0011 priv aes 256 CANARY
snmp-server user ada network-admin auth md5 CANARY priv 0xabcdef localizedkey
Community name: CANARY
Community Index: CANARY
tacacs-server key 7 CANARY
tacacs-server host 192.0.2.1 key CANARY
radius-server host 192.0.2.1 auth-port 1812 acct-port 1813 key 7 CANARY
 server-private 192.0.2.1 key 0 CANARY
 key 7 13061E010803CANARY
 key CANARY
 key-string CANARY
 key-string 7 CANARY
 pre-shared-key address 0.0.0.0 key CANARY
 pre-shared-key local 6 CANARY
crypto isakmp key CANARY address 192.0.2.1
crypto isakmp key 6 CANARY hostname r9
 ip ospf authentication-key CANARY
 ip ospf message-digest-key 1 md5 7 CANARY
 ip ospf message-digest-key 1 md5 CANARY
 neighbor 192.0.2.1 password CANARY
 neighbor 192.0.2.1 password 7 CANARY
ntp authentication-key 1 md5 CANARY 7
 isis password CANARY level-2
 standby 1 authentication text CANARY
 standby 1 authentication CANARY
 vrrp 1 authentication md5 key-string CANARY
 ppp chap password 0 CANARY
 wpa-psk ascii 0 CANARY
ip ftp password CANARY
archive path ftp://backup:CANARY@192.0.2.9/configs
line vty 0 4 password CANARY
set system root-authentication encrypted-password "$6$rounds$CANARY"
set system login user ada authentication plain-text-password-value CANARY ## SECRET-DATA
set snmp community CANARY authorization read-only
set system tacplus-server 192.0.2.1 secret "CANARY"
        encrypted-password "$1$abc$CANARY"; ## SECRET-DATA
    community CANARY {
            authentication-key "CANARY"; ## SECRET-DATA
            pre-shared-key ascii-text "CANARY"; ## SECRET-DATA
            pre-shared-key hexadecimal CANARY;
            simple-password "CANARY";
 local-user ada password irreversible-cipher CANARY
 snmp-agent community read cipher CANARY
  "password": "CANARY",
  "api_key" : "CANARY"
<password>CANARY</password>
Authorization token: CANARY
password=CANARY
leaf1(config)#enable secret CANARY
leaf1(config-if)# ip ospf authentication-key CANARY
RP/0/RP0/CPU0:r1(config)#username ada secret 10 $6$abc$CANARY
 wpa-psk set-key ascii 0 CANARY
snmp-agent usm-user v3 ada authentication-mode sha cipher CANARY
snmp-agent target-host trap address udp-domain 192.0.2.1 params securityname cipher CANARY
 "community": "CANARY",
{'snmp_community': 'CANARY', 'location': 'ams'}
<community>CANARY</community>
<ns:authentication-key>CANARY</ns:authentication-key>
X-Auth-Token: CANARY
Authorization: Bearer CANARY
radius-server shared-key cipher CANARY
radius-server shared-key simple CANARY
radius-server shared-key cipher %^%#Kq8wCANARY%^%#
hwtacacs-server shared-key cipher CANARY
hwtacacs server shared-key simple CANARY
set service snmp v3 user u auth encrypted-password CANARY
set service snmp v3 user u auth plaintext-password 'CANARY'
set service snmp v3 user u privacy plaintext-password CANARY
user admin group administrators password ciphertext CANARY
radius-server key ciphertext CANARY
tacacs-server host 192.0.2.1 key ciphertext CANARY
snmpv3 user u auth sha auth-pass ciphertext CANARY
snmpv3 user u auth sha auth-pass ciphertext CANARY priv aes priv-pass ciphertext CANARY
snmpv3 user u auth sha auth-pass plaintext CANARY
password manager user-name "admin" sha1 "CANARY"
password manager user-name admin plaintext CANARY
password operator plaintext CANARY
    set password ENC CANARY
    set passwd ENC CANARY
    set psksecret ENC CANARY
    set md5-key ENC CANARY
    set auth-pwd ENC CANARY
    set priv-pwd ENC CANARY
    set key ENC CANARY
 lsp-password accept encrypted CANARY
 lsp-password hmac-md5 encrypted CANARY
 ip nhrp authentication CANARY
 authentication mode hmac-sha-256 CANARY
  authentication mode hmac-sha-256 7 CANARY
 ipv6 ospf authentication ipsec spi 256 sha1 0 CANARY
 ipv6 ospf authentication ipsec spi 256 md5 CANARY
 ipv6 ospf encryption ipsec spi 256 esp aes-cbc 128 CANARY sha1 CANARY
 ipv6 ospf encryption ipsec spi 256 esp null sha1 7 CANARY
 sap pmk CANARY mode-list gcm-encrypt
 ospf authentication-mode md5 1 cipher CANARY
 ospf authentication-mode md5 1 plain CANARY
 ospf authentication-mode simple plain CANARY
 rip authentication-mode md5 usual cipher CANARY
set protocols ospf area 0 interface et-0/0/0 authentication md5 1 key CANARY
  key-octet-string 7 CANARY cryptographic-algorithm AES_256_CMAC
   key ab 7 CANARY
   key 0123abcd 7 CANARY fallback
failover key CANARY
failover key hex CANARY
snmp-agent usm-user v3 u g cipher authentication-mode sha $c$3$CANARY== privacy-mode aes128 $c$3$CANARY/+
snmp-agent usm-user v3 u g simple authentication-mode sha CANARY
 key authentication cipher $c$3$CANARY==
 key authentication simple CANARY
 key accounting cipher $c$3$CANARY==
 primary authentication 10.1.1.1 key cipher $c$3$CANARY==
 primary authentication 10.1.1.1 key simple CANARY
 sa string-key inbound esp cipher $c$3$CANARY==
 sa string-key inbound esp simple CANARY
 sa authentication-hex outbound ah cipher CANARY
 password hash $h$6$CANARY==
snmp-server host 192.0.2.1 traps version 2c clear CANARY udp-port 162
snmp-server host 192.0.2.1 traps version 2c encrypted 095CCANARY udp-port 162
snmp mib community-map CANARY engineid 8000000903
snmp-server community-map clear CANARY context c
 set session-key inbound esp 256 cipher CANARY authenticator CANARY
 set session-key outbound ah 256 CANARY
 ip rsvp authentication key CANARY
  bfd authentication keyed-sha1 keyid 1 key ascii CANARY
 rip authentication-mode md5 nonstandard CANARY 1
 rip authentication-mode simple CANARY
 vrrp vrid 1 authentication-mode md5 CANARY
 isis authentication-mode hmac-sha256 key-id 1 cipher %^%#Kq8wCANARY%^%#
 ospf authentication-mode hmac-sha256 key-id 1 plain CANARY
 isis authentication-mode hmac-sha256 key-id 1 CANARY
/snmp community set [ find default=yes ] name=CANARY
/snmp community add addresses=::/0 name="CANARY"
add addresses=192.0.2.0/24 name=CANARY
tacacs-server key hello CANARY
tacacs-server key hello CANARY and-more
enable secret hello CANARY
username ada privilege 15 password hello CANARY
password newer-way CANARY
password newer-way "CANARY"
set system thing shared-secret how-new CANARY
leaf1(config)# tacacs-server key hello CANARY
"""
PLAIN = """\
Router uptime is 3 weeks, 2 days
service password-encryption
security passwords min-length 10
aaa authentication login default group tacacs+ local
ip community-list 1 permit 65000:1
 set community 65000:100 additive
 match community 1
      Community: 65000:100 65000:200
key chain OSPF
 key 1
crypto key generate rsa modulus 2048
  10.0.0.0/8 is variably subnetted, 24 subnets, 2 masks
O        10.7.7.0/24 [110/20] via 192.168.0.7, 1d02h, GigabitEthernet0/7
Vlan7   7   active    Gi0/1, Gi0/2
snmp-server location ams
snmp-server enable traps bgp
Configuration register is 0x2102
Password recovery is enabled
The password-recovery mechanism is enabled.
third-party authority to import, export, distribute or use encryption.
no secret 'secret:core/enable'
AuthenticationFailed: leaf1 refused the password of 'netops'
snmp-server community public RO
snmp-server group ops v3 priv read ALL
ip ospf authentication message-digest
    7  1234567      0011.2233.4455
"communities": ["65000:1", "no-export"], "community": "65000:100 65000:200"
ntp authentication-key 1 type sha1
crypto key generate rsa general-keys label SSH modulus 2048
crypto key zeroize rsa
key chain OSPF tcp
ip ssh version 2
ip ssh rsa keypair-name SSH
ip ssh server algorithm authentication publickey keyboard password
ip ssh pubkey-chain
aaa authentication login default group radius local
aaa group server radius AUTH
authentication mode md5
 authentication mode eigrp 100 md5
 ospf authentication-mode md5 keychain KC
 rip authentication-mode md5 nonstandard keychain KC
 isis authentication-mode md5 ip
 isis authentication-mode md5 send-only
 isis authentication-mode hmac-sha256 key-id 1 ip
 undo rip authentication-mode md5 usual
 undo ospf authentication-mode hmac-sha256 key-id 1
snmp-agent usm-user v3 ada g authentication-mode sha simple-mode
ip nhrp network-id 1
interesting: the server said that its key is of another kind
ipsec spi 256 of this device
 authentication-mode aaa
 ospf authentication-mode md5
 ospf authentication-mode keychain CORE
 ip rsvp authentication key-chain CORE
 ip rsvp authentication challenge
 set session-key inbound
 bfd authentication interop
 bfd interval 50 min_rx 50 multiplier 3
failover lan unit primary
the password of this user was changed by an operator
"""
KEPT = """\
snmp-server host 192.0.2.1 traps version 2c clear CANARY udp-port 162
snmp-server host 192.0.2.1 traps version 2c encrypted CANARY udp-port 162
snmp mib community-map CANARY engineid 8000000903
 set session-key inbound esp 256 cipher CANARY authenticator hunter
 rip authentication-mode md5 nonstandard CANARY 1
 ospf authentication-mode md5 12 cipher CANARY
 vrrp vrid 1 authentication-mode md5 CANARY
 primary authentication 10.1.1.1 key cipher CANARY
 sa string-key inbound esp cipher CANARY
/snmp community set [ find default=yes ] name=CANARY
/snmp community add addresses=::/0 name=CANARY write-access=no
service password-encryption
key chain NAME
crypto key generate rsa
aaa authentication login default group tacacs+
ip ssh time-out 60
snmp-server host 192.0.2.1 vrf MGMT version 2c CANARY bgp
snmp-server host 192.0.2.1 version 2c CANARY bgp ospf
ntp authentication-key 1 md5 CANARY 7
username x privilege 15 secret 9 CANARY
username ada password hunter role network-admin
username ada password hunter encrypted privilege 15
username ada secret hunter privilege 15
crypto isakmp key hunter address 192.0.2.1 no-xauth
crypto isakmp key hunter hostname r9
tacacs-server host 192.0.2.1 key hunter timeout 5
radius-server host 192.0.2.1 key hunter authentication accounting
isis password hunter level-2
isis authentication-mode hmac-sha256 key-id 1 cipher CANARY send-only
isis authentication-mode hmac-sha256 key-id 1 CANARY ip
rip authentication-mode md5 nonstandard cipher CANARY 1
snmp-server community hunter RO 10
"""
"""Lines in which nothing but `CANARY` and `hunter` is masked."""

# Runs one router: the first process of namespaces of its own (pid, mount, net, uts), so nothing here touches the
# machine's /etc, /run or network, and everything ends with it. $1 = the router's folder, $2 = its name.
# Descriptor $3 is the machine's network, where sshd listens; input ends when the tests do.
set -eu
cd "$1"
hostname "$2"
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set lo up

mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mount -t tmpfs tmpfs /var/tmp
mkdir -m 755 /run/sshd
install -d -m 755 -o frr -g frr /run/frr
chown -R frr:frr etc && chmod 2770 etc && chmod 640 etc/*
mount --bind etc /etc/frr
mount --bind passwd /etc/passwd
mount --bind shadow /etc/shadow
mount --bind group /etc/group

read -r _       # the links are laid from outside
for daemon in zebra staticd bgpd; do /usr/lib/frr/$daemon -d -A 127.0.0.1; done
vtysh -b
nsenter --net="/proc/self/fd/$3" /usr/sbin/sshd -D -e -f "$PWD/sshd_config" </dev/null &
read -r _ || :  # until the tests end

# Runs one Linux server: the first process of a mount and a pid namespace of its own, so nothing here touches the
# machine's /etc, /run or /home, and everything ends with it. $1 = the server's folder; input ends when the tests do.
set -eu
cd "$1"
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /home
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -m 755 /run/sshd
install -d -m 755 -o 4242 -g 4242 /home/netpulse
for file in passwd shadow group sudoers; do mount --bind "$file" "/etc/$file"; done
/usr/sbin/sshd -D -e -f "$PWD/sshd_config" </dev/null &
read -r _ || :  # until the tests end

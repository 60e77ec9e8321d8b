# What the scenes share. Two hosts are connected by a cable:
#
#   client 192.0.2.1  2001:db8::1        server 192.0.2.2  2001:db8::2
#          198.51.100.1 (second address)        198.51.100.2
#
# A scene is a shell script that starts servers (background server ...), begins
# to record, runs clients and saves what was recorded.

captures=$root/testdata/captures

lab_setup() {
	mount -t tmpfs none /run
	mkdir -p /run/netns /run/sshd /run/lock /run/user
	# What daemons keep goes with the namespace.
	for dir in /var/lib /var/log /var/cache /var/spool; do
		mount -t tmpfs none "$dir"
	done
	mkdir -p /var/lib/samba/private /var/log/samba /var/cache/samba
	# The hosts' own names, and nobody else's.
	cat >"$LAB/hosts" <<-HOSTS
		127.0.0.1 localhost
		192.0.2.1 client.example.com client
		192.0.2.2 www.example.com server.example.com mail.example.com server
		2001:db8::2 www6.example.com
	HOSTS
	: >"$LAB/resolv.conf"
	echo client >"$LAB/hostname"
	mount --bind "$LAB/hosts" /etc/hosts
	mount --bind "$LAB/hostname" /etc/hostname
	[ ! -e /etc/resolv.conf ] || mount --bind "$LAB/resolv.conf" "$(readlink -f /etc/resolv.conf)"
	# Two users that nobody has here.
	sed '/^alice:/d;/^ftp:/d' /etc/passwd >"$LAB/passwd"
	sed '/^alice:/d;/^ftp:/d' /etc/shadow >"$LAB/shadow"
	printf '%s\n' "alice:x:4001:65534::/:/bin/sh" "ftp:x:4002:65534::/:/bin/false" >>"$LAB/passwd"
	printf '%s\n' "alice:$(openssl passwd -6 wonderland):20000::::::" 'ftp:*:20000::::::' >>"$LAB/shadow"
	chmod 600 "$LAB/shadow"
	mount --bind "$LAB/passwd" /etc/passwd
	mount --bind "$LAB/shadow" /etc/shadow
	hostname client
	export HOME=$LAB/home LC_ALL=C.UTF-8
	unset SSH_CLIENT SSH_CONNECTION http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
	mkdir -p "$HOME"
	chmod 755 "$LAB"
	ip netns add client
	ip netns add server
	ip link add eth0 netns client type veth peer name eth0 netns server
	lab_host client 1
	lab_host server 2
	# The first packets of IPv6 are not part of any scene.
	sleep 2
}

lab_host() {
	local host=$1 n=$2
	ip netns exec "$host" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.accept_ra=0 \
		net.ipv6.conf.eth0.router_solicitations=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.ping_group_range="0 65535"
	ip -n "$host" link set lo up
	ip -n "$host" link set eth0 address "00:00:5e:00:53:0$n"
	# Real checksums, and no segments larger than the cable takes.
	ip netns exec "$host" ethtool -K eth0 tx off rx off tso off gso off gro off >/dev/null
	ip -n "$host" addr add "192.0.2.$n/24" dev eth0
	ip -n "$host" addr add "198.51.100.$n/24" dev eth0
	ip -n "$host" addr add "2001:db8::$n/64" dev eth0 nodad
	ip -n "$host" link set eth0 up
}

# lab_end ends what a scene left running: everything but this shell and its parent.
lab_end() {
	local pid
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		[ "$pid" = 1 ] || [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null || true
	done
	ip -n client link set eth0 mtu 1500
	ip -n server link set eth0 mtu 1500
}

# client and server run a command on a host.
client() { ip netns exec client "$@"; }
server() { ip netns exec server "$@"; }

# background HOST COMMAND... starts a daemon.
background() {
	ip netns exec "$@" &
}

# wait_port HOST PORT [udp] waits until somebody listens.
wait_port() {
	local i
	for i in $(seq 100); do
		if [ -n "$(ip netns exec "$1" ss -Hln "--${3:-tcp}" "sport = :$2")" ]; then return; fi
		sleep 0.1
	done
	echo "nobody listens on port $2 of $1" >&2
	return 1
}

# record FILTER begins to record what client sends and gets.
record() { record_on client eth0 "$@"; }

# record_on HOST INTERFACE FILTER is the same for another host or interface.
record_on() {
	local host=$1 interface=$2
	shift 2
	rm -f "$LAB/tcpdump.log" "$LAB/raw.pcap"
	touch "$LAB/tcpdump.log"
	ip netns exec "$host" tcpdump -i "$interface" -s 0 --immediate-mode -U -n -Z root -w "$LAB/raw.pcap" "$@" 2>"$LAB/tcpdump.log" &
	recorder=$!
	until grep -q 'listening on' "$LAB/tcpdump.log"; do
		kill -0 $recorder
		sleep 0.05
	done
}

# save NAME [N] ends the recording and keeps of each flow the opening and the
# first N packets with data in each direction.
save() {
	sleep 0.5
	kill -INT $recorder
	wait $recorder || true
	"$LAB/bin/trim-capture" -n "${2:-20}" "$LAB/raw.pcap" "$captures/$1.pcap"
}

# try runs a client, for 20 seconds at most. Whether it fails is up to the scene.
try() { timeout 20 ip netns exec client "$@" || true; }

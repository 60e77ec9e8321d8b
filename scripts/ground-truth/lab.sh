# A laboratory in one network namespace without a way out, to be sourced. Servers
# and clients share its loopback device: the server has $server4 and $server6,
# clients are whatever talks to it.

server4=192.0.2.1 server6=2001:db8::1
lab_ns=${lab_ns:-truth-lab}

lab_up() {
	lab_down
	ip netns add "$lab_ns"
	ip -n "$lab_ns" link set lo mtu 1500 up
	ip -n "$lab_ns" addr add $server4/24 dev lo
	ip -n "$lab_ns" addr add $server6/64 dev lo
	ip -n "$lab_ns" route add default dev lo 2>/dev/null || true
	ip netns exec "$lab_ns" ethtool -K lo tso off gso off gro off tx off >/dev/null 2>&1 || true
	mkdir -p "/etc/netns/$lab_ns"
	echo "nameserver $server4" > "/etc/netns/$lab_ns/resolv.conf"
	printf '127.0.0.1 localhost\n%s www.lab.test mail.lab.test lab.test\n' $server4 > "/etc/netns/$lab_ns/hosts"
}

lab_down() {
	local pids
	pids=$(ip netns pids "$lab_ns" 2>/dev/null || true)
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null || true
	ip netns del "$lab_ns" 2>/dev/null || true
	rm -rf "/etc/netns/$lab_ns"
}

# lab COMMAND...: runs a command in the laboratory.
lab() { ip netns exec "$lab_ns" "$@"; }

# lab_website LOG [OPTION...]: runs what clients visit, a program in $bin, in the
# laboratory until that ends, and waits for it.
lab_website() {
	local log=$1
	shift
	rm -f "$log" # of another one
	lab "$bin/website" "$@" > "$log" 2>&1 &
	for _ in $(seq 100); do grep -qs ready "$log" && break; sleep 0.1; done
}

# lab_record CAPTURE COMMAND...: runs a command in the laboratory and captures
# what passes. In namespaces of its own nothing of the command outlives it.
lab_record() {
	local capture=$1 pid
	shift
	rm -f "$capture"
	# Without the function in between, $! is tcpdump itself.
	ip netns exec "$lab_ns" tcpdump -i lo -s 0 -U --immediate-mode -B 65536 -w "$capture" 2> "$capture.tcpdump" &
	pid=$!
	for _ in $(seq 100); do grep -qs listening "$capture.tcpdump" && break; sleep 0.1; done
	lab nice -n 19 unshare --mount --pid --fork --kill-child --mount-proc "$@" || true
	sleep 0.3
	kill $pid 2>/dev/null && wait $pid 2>/dev/null || true
	rm -f "$capture.tcpdump"
}

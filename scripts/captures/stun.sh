# STUN and TURN.
cat >"$LAB/turn.conf" <<-CONF
	listening-ip=192.0.2.2
	alt-listening-port=3479
	relay-ip=192.0.2.2
	min-port=50000
	max-port=50010
	lt-cred-mech
	user=alice:wonderland
	realm=example.com
	no-cli
	no-tls
	no-dtls
	rfc5780
	log-file=stdout
	pidfile=$LAB/turn.pid
	userdb=$LAB/turn.db
	allow-loopback-peers
CONF
background server turnserver -c "$LAB/turn.conf"
wait_port server 3478 udp
background client turnutils_peer -L 192.0.2.1 -p 3480
wait_port client 3480 udp
record 'udp and not port 3480'
try turnutils_stunclient -p 3478 192.0.2.2
try timeout 6 turnutils_uclient -u alice -w wonderland -e 192.0.2.1 -r 3480 -n 2 -m 1 -c 192.0.2.2
try timeout 4 turnutils_uclient -u alice -w wrong -e 192.0.2.1 -r 3480 -n 1 -m 1 -c 192.0.2.2
try nmap -n -Pn -sU -p 3478 --script stun-info,stun-version 192.0.2.2
# A classic binding request (RFC 3489).
printf '\000\001\000\010\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\000\003\000\004\000\000\000\006' | try nc -u -w 1 192.0.2.2 3478
save stun 12

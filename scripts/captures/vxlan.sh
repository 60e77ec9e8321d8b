# A VXLAN tunnel, in IPv4 and with a tunnel of its own inside.
for n in 1 2; do
	host=client peer=2
	[ $n = 1 ] || { host=server peer=1; }
	ip -n $host link add vx0 address 00:00:5e:00:53:1$n type vxlan id 42 dstport 4789 remote 192.0.2.$peer local 192.0.2.$n
	ip -n $host addr add 203.0.113.$n/24 dev vx0
	ip -n $host addr add 2001:db8:42::$n/64 dev vx0 nodad
	ip -n $host link set vx0 up
	ip -n $host link add vx1 address 00:00:5e:00:53:2$n type vxlan id 43 dstport 4789 remote 2001:db8:42::$peer local 2001:db8:42::$n udp6zerocsumtx udp6zerocsumrx
	ip -n $host addr add 198.51.100.13$((n + 2))/30 dev vx1
	ip -n $host link set vx1 up
done
background server python3 -m http.server --bind 0.0.0.0 80
wait_port server 80
sleep 2
record udp port 4789
try ping -c 1 203.0.113.2
try curl -sS -o /dev/null http://203.0.113.2/
try curl -sS -o /dev/null http://198.51.100.134/
save vxlan 60
for host in client server; do
	ip -n $host link del vx1
	ip -n $host link del vx0
done

# ARP, ICMP and ICMPv6.
record arp or icmp or icmp6
try arping -c 2 -I eth0 192.0.2.2
try arping -D -c 1 -I eth0 192.0.2.77
try arping -A -c 1 -I eth0 192.0.2.1
ip -n client neigh flush all
try ping -c 2 -p 6d65726374 192.0.2.2
try ping -c 1 -T tsonly 192.0.2.2
try ping -c 1 -R 192.0.2.2
try ping -c 1 -s 3000 192.0.2.2
try ping -6 -c 2 2001:db8::2
try ping -6 -c 1 -s 3000 2001:db8::2
try ping -6 -c 1 -N name 2001:db8::2
try nc -u -w 1 192.0.2.2 9 <<<discard
try nc -u -w 1 2001:db8::2 9 <<<discard
ip -n client route add 203.0.113.0/24 via 192.0.2.2
ip netns exec server sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n server route add unreachable 203.0.113.128/25
try ping -c 1 203.0.113.200
try ping -c 1 -t 1 203.0.113.1
ip -n client route del 203.0.113.0/24
ip -n server route del unreachable 203.0.113.128/25
ip -n client route add 2001:db8:1::/64 via 2001:db8::2
try ping -6 -c 1 2001:db8:1::1
ip -n client route del 2001:db8:1::/64
ip netns exec server sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
try nmap -sn -n -PM -PP --disable-arp-ping 192.0.2.2
save icmp

# Other link types than Ethernet: what tcpdump writes of all interfaces
# together (cooked, two versions), and of a tunnel (raw).
background server python3 -m http.server --bind 0.0.0.0 80
wait_port server 80
record_on client any -y LINUX_SLL tcp port 80 or arp
ip -n client neigh flush all
try curl -sS -o /dev/null http://192.0.2.2/
save cooked
record_on client any -y LINUX_SLL2 tcp port 80 or arp
ip -n client neigh flush all
try curl -sS -o /dev/null http://192.0.2.2/
save cooked2
background client socat -u TUN,tun-name=tun0,tun-type=tun,iff-no-pi,iff-up -
sleep 1
ip -n client route add 203.0.113.0/24 dev tun0 src 192.0.2.1
ip -n client route add 2001:db8:7::/64 dev tun0
record_on client tun0 tcp or udp or icmp
try curl -sS --max-time 1 http://203.0.113.7/
try curl -sS --max-time 1 'http://[2001:db8:7::1]/'
try dig @203.0.113.7 +time=1 +tries=1 www.example.com HTTPS
try ping -c 1 -W 1 203.0.113.7
save raw

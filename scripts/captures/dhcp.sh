# DHCP: two clients and a server.
cat >"$LAB/dnsmasq.conf" <<-CONF
	port=0
	interface=eth0
	dhcp-range=198.51.100.100,198.51.100.110,255.255.255.0,1h
	dhcp-option=option:domain-search,example.com,lab.example.com
	dhcp-option=option:classless-static-route,203.0.113.0/24,198.51.100.2
	dhcp-option=option:ntp-server,198.51.100.2
	dhcp-boot=boot.img,server,198.51.100.2
	dhcp-authoritative
	dhcp-leasefile=$LAB/leases
CONF
background server dnsmasq -k -C "$LAB/dnsmasq.conf" -x "$LAB/dnsmasq.pid" -u root
wait_port server 67 udp
cat >"$LAB/dhclient.conf" <<-CONF
	send host-name "client";
	send vendor-class-identifier "example";
	request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, host-name, rfc3442-classless-static-routes, ntp-servers;
CONF
record udp port 67 or udp port 68
try dhclient -1 -4 -v -cf "$LAB/dhclient.conf" -lf "$LAB/dhclient.leases" -pf "$LAB/dhclient.pid" -sf /bin/true eth0
try dhclient -r -4 -v -cf "$LAB/dhclient.conf" -lf "$LAB/dhclient.leases" -pf "$LAB/dhclient.pid" -sf /bin/true eth0
try udhcpc -n -q -f -i eth0 -s /bin/true -x hostname:client -V udhcp-test -O search -O staticroutes
try udhcpc -n -q -f -i eth0 -s /bin/true -r 198.51.100.200 -F client.example.com -B
printf '\001\001\006\000truncated' | try nc -u -w 1 192.0.2.2 67
save dhcp

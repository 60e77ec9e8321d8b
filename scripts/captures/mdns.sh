# Multicast DNS: two hosts that announce services and look for them.
cat >"$LAB/avahi.conf" <<-CONF
	[server]
	host-name=HOST
	use-ipv4=yes
	use-ipv6=yes
	allow-interfaces=eth0
	enable-dbus=no
	[publish]
	publish-workstation=yes
	publish-hinfo=yes
CONF
mkdir -p "$LAB/services"
mount --bind "$LAB/services" /etc/avahi/services
cat >"$LAB/services/web.service" <<-'XML'
	<?xml version="1.0" standalone='no'?>
	<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
	<service-group>
	<name replace-wildcards="yes">Web on %h</name>
	<service><type>_http._tcp</type><subtype>_printer._sub._http._tcp</subtype><port>80</port><txt-record>path=/index.html</txt-record></service>
	</service-group>
XML
sed s/HOST/client/ "$LAB/avahi.conf" >"$LAB/avahi-client.conf"
sed s/HOST/server/ "$LAB/avahi.conf" >"$LAB/avahi-server.conf"
record udp port 5353
background client avahi-daemon --no-chroot --no-drop-root --no-rlimits -f "$LAB/avahi-client.conf"
sleep 1
mount -t tmpfs none /run/avahi-daemon
background server avahi-daemon --no-chroot --no-drop-root --no-rlimits -f "$LAB/avahi-server.conf"
daemon=$!
sleep 3
ask() { try dig @224.0.0.251 -p 5353 +time=1 +tries=1 +noedns "$@"; }
ask server.local A
ask _http._tcp.local PTR
ask _services._dns-sd._udp.local PTR
ask server.local ANY
try dig @192.0.2.2 -p 5353 +time=1 +tries=1 2.2.0.192.in-addr.arpa PTR
kill $daemon
wait $daemon || true
save mdns 12

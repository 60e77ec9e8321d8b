# What devices tell their neighbours: LLDP, CDP, OSPF.
mkdir -p /run/lldpd
record 'ether proto 0x88cc or ether host 01:00:0c:cc:cc:cc or proto ospf'
cat >"$LAB/bird.conf" <<-'CONF'
	router id ID;
	protocol device {}
	protocol direct { ipv4; ipv6; }
	protocol ospf v2 { ipv4 { export all; }; area 0 { interface "eth0" { hello 1; dead 4; wait 2; authentication cryptographic; password "secret" { algorithm keyed md5; }; }; }; }
	protocol ospf v3 { ipv6 { export all; }; area 0 { interface "eth0" { hello 1; dead 4; wait 2; }; }; }
CONF
for host in client server; do
	id=192.0.2.1
	[ $host = client ] || id=192.0.2.2
	sed "s/ID/$id/" "$LAB/bird.conf" >"$LAB/bird-$host.conf"
	background $host bird -f -c "$LAB/bird-$host.conf" -s "$LAB/bird-$host.ctl"
done
background server lldpd -d -i -l -ccc -I eth0 -C eth0 -M 1 -S 'example device' -P example -u "$LAB/lldpd.socket"
sleep 12
save neighbours 3

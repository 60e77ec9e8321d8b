# DNS: every common type of record, over UDP and TCP, and errors.
cat >"$LAB/example.com.zone" <<-'ZONE'
	$ORIGIN example.com.
	$TTL 300
	@ SOA ns.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
	@ NS ns
	@ MX 10 mail
	@ A 192.0.2.2
	@ AAAA 2001:db8::2
	@ TXT "v=spf1 mx -all" "second string \"quoted\" \\ \200\255"
	@ CAA 0 issue "ca.example.net"
	@ HTTPS 1 . alpn="h2,h3" port=443 ipv4hint=192.0.2.2 ipv6hint=2001:db8::2 ech=AEP+DQA/AQAgACAAAQ==
	@ DNSKEY 257 3 13 oJMRESz5E4gYzS/q6XDrvU1qMPYIjCWzJaOau8XNEZeqCYKD5ar0IRd8KqXXFJkqmVfRvMGPmM1x8fGAa2XhSA==
	ns A 192.0.2.2
	mail A 192.0.2.2
	www CNAME web
	web A 192.0.2.2
	old DNAME new.example.com.
	_sip._tcp SRV 10 20 5060 sip
	_dns SVCB 1 dns.example.com. alpn=dot port=853 mandatory=alpn,port key667="hello"
	alias SVCB 0 svc.example.net.
	sip NAPTR 100 10 "S" "SIP+D2T" "" _sip._tcp
	host HINFO "PDP-11" "UNIX"
	host LOC 52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m
	host SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
	host RP admin.example.com. text.example.com.
	host AFSDB 1 afs
	host EUI48 00-00-5e-00-53-2a
	host EUI64 00-00-5e-ef-10-00-00-2a
	host URI 10 1 "https://www.example.com/"
	host CERT 1 0 0 MIIB
	_443._tcp.www TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	child NS ns.child
	child DS 60485 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a
	ns.child A 192.0.2.53
	big TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	big TXT "1123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	big TXT "2123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	big TXT "3123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	*.wild A 192.0.2.99
	b\195\188cher A 192.0.2.98
	with\.dot A 192.0.2.97
ZONE
sed -i 's/^\t*//' "$LAB/example.com.zone"
cat >"$LAB/2.0.192.zone" <<-'ZONE'
	$ORIGIN 2.0.192.in-addr.arpa.
	$TTL 300
	@ SOA ns.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
	@ NS ns.example.com.
	2 PTR www.example.com.
ZONE
cat >"$LAB/knot.conf" <<-CONF
	server:
	  rundir: $LAB/knot
	  user: root:root
	  listen: [ 192.0.2.2@53, 2001:db8::2@53 ]
	  identity: "server"
	  version: "1"
	database:
	  storage: $LAB/knot
	acl:
	  - id: all
	    address: 192.0.2.0/24
	    action: [ transfer, notify, update ]
	template:
	  - id: default
	    storage: $LAB
	    zonefile-sync: -1
	    acl: all
	zone:
	  - domain: example.com
	    file: example.com.zone
	    dnssec-signing: on
	  - domain: 2.0.192.in-addr.arpa
	    file: 2.0.192.zone
CONF
mkdir -p "$LAB/knot"
background server knotd -c "$LAB/knot.conf"
wait_port server 53
sleep 1
record port 53
ask() { try dig @192.0.2.2 +time=2 +tries=1 "$@"; }
for type in A AAAA MX NS SOA TXT CAA HTTPS DNSKEY ANY; do ask +noedns example.com $type; done
for type in HINFO LOC SSHFP RP AFSDB EUI48 EUI64 URI CERT TYPE65534; do ask +nocookie host.example.com $type; done
ask www.example.com
ask +dnssec www.example.com AAAA
ask +dnssec +nsid +subnet=198.51.100.0/24 missing.example.com
ask x.old.example.com
ask _sip._tcp.example.com SRV
ask _dns.example.com SVCB
ask alias.example.com SVCB
ask sip.example.com NAPTR
ask _443._tcp.www.example.com TLSA
ask child.example.com DS
ask www.child.example.com
ask +noedns +ignore +dnssec +bufsize=512 big.example.com TXT
ask +tcp big.example.com TXT
ask +tcp example.com AXFR
ask -x 192.0.2.2
ask a.b.c.wild.example.com
ask 'b\195\188cher.example.com'
ask 'with\.dot.example.com'
ask www.example.net
ask CH TXT id.server
ask +opcode=notify example.com SOA
ask +opcode=15 example.com
ask +header-only example.com
ask +qr +zflag +cdflag +adflag +norecurse WwW.eXaMpLe.CoM
try dig @2001:db8::2 +time=2 +tries=1 www.example.com AAAA
printf 'server 192.0.2.2\nzone example.com\nupdate add new.example.com 60 A 192.0.2.7\nsend\n' | try nsupdate
save dns 40

# OpenVPN over TCP: plain, and with an authenticated control channel.
. "$root/scripts/captures/certificates.bash"
make_certificates
openvpn --genkey secret "$LAB/vpn.key"
# vpn HOST PURPOSE-OF-THE-OTHER OPTION... starts one end.
vpn() {
	local host=$1 other=$2
	shift 2
	background "$host" openvpn --dev tun --ifconfig-noexec --route-noexec --ca "$LAB/ca.pem" --cert "$LAB/rsa.pem" --key "$LAB/rsa.key" \
		--remote-cert-tls "$other" --connect-retry 1 --data-ciphers AES-128-GCM --verb 3 "$@"
}
vpn server client --mode server --tls-server --dh none --topology subnet --proto tcp-server --port 1194 --local 192.0.2.2
vpn server client --mode server --tls-server --dh none --topology subnet --proto tcp-server --port 1195 --tls-auth "$LAB/vpn.key" 0
wait_port server 1194
wait_port server 1195
# The protocol is known by its port: the second server is on the same port of
# another address.
server socat TCP-LISTEN:1194,bind=198.51.100.2,reuseaddr TCP:192.0.2.2:1195 &
record tcp port 1194
vpn client server --tls-client --proto tcp-client --remote 192.0.2.2 1194 --nobind
vpn client server --tls-client --proto tcp-client --remote 198.51.100.2 1194 --nobind --tls-auth "$LAB/vpn.key" 1
sleep 4
save openvpn 10

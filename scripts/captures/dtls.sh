# DTLS 1.0 and 1.2, with fragmented messages and client certificates.
. "$root/scripts/captures/certificates.bash"
make_certificates
background server openssl s_server -dtls -quiet -accept 4433 -cert "$LAB/rsa.pem" -key "$LAB/rsa.key" -cert_chain "$LAB/ca.pem" \
	-cipher 'DEFAULT:@SECLEVEL=0' -mtu 1400 -alpn coap
background server openssl s_server -dtls1_2 -quiet -accept 4434 -cert "$LAB/ecdsa.pem" -key "$LAB/ecdsa.key" -CAfile "$LAB/ca.pem" -Verify 1 -mtu 300
background server gnutls-serv --echo --udp --port 4435 --x509certfile "$LAB/ecdsa.pem" --x509keyfile "$LAB/ecdsa.key"
wait_port server 4433 udp
wait_port server 4434 udp
wait_port server 4435 udp
record udp portrange 4433-4435
call() {
	local port=$1
	shift
	(echo hello; sleep 1) | try timeout 2 openssl s_client -connect "192.0.2.2:$port" -quiet -no_ign_eof -cipher 'DEFAULT:@SECLEVEL=0' "$@"
}
call 4433 -dtls1_2 -servername www.example.com -alpn coap,h2
call 4433 -dtls1 -noservername
call 4434 -dtls1_2 -cert "$LAB/client.pem" -key "$LAB/client.key" -mtu 300
call 4434 -dtls1_2 -mtu 256
(echo hello; sleep 1) | try timeout 3 gnutls-cli --udp --insecure --logfile=/dev/null -p 4435 192.0.2.2 --mtu 400
save dtls 10

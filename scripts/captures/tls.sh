# TLS 1.0 to 1.3 over TCP.
. "$root/scripts/captures/certificates.bash"
make_certificates

# serve PORT OPTION... starts a server.
serve() {
	local port=$1
	shift
	background server openssl s_server -quiet -accept "$port" -CAfile "$LAB/ca.pem" "$@"
	wait_port server "$port"
}
weak='DEFAULT:@SECLEVEL=0'
serve 443 -cert "$LAB/rsa.pem" -key "$LAB/rsa.key" -cert_chain "$LAB/ca.pem" -cipher "$weak" -alpn h2,http/1.1 \
	-dcert "$LAB/ecdsa.pem" -dkey "$LAB/ecdsa.key" -servername other.example.com -cert2 "$LAB/ed25519.pem" -key2 "$LAB/ed25519.key"
serve 8443 -cert "$LAB/ecdsa.pem" -key "$LAB/ecdsa.key" -Verify 1 -verify_quiet
serve 8444 -nocert -psk 0123456789abcdef -psk_identity client
serve 8445 -cert "$LAB/rsa.pem" -key "$LAB/rsa.key" -groups P-521 -no_ticket -num_tickets 0
serve 8446 -nocert -cipher 'aNULL:@SECLEVEL=0' -tls1_2
background server "$LAB/bin/tls-peer" -listen 192.0.2.2:8447
wait_port server 8447

call() {
	local port=$1
	shift
	echo hello | try timeout 2 openssl s_client -connect "192.0.2.2:$port" -quiet -no_ign_eof -cipher "$weak" "$@"
}
all='tcp portrange 8440-8449 or tcp port 443'

record $all
call 443 -tls1 -servername www.example.com
call 443 -tls1_1 -noservername
call 443 -tls1_2 -servername www.example.com -alpn h2,http/1.1 -status
call 443 -tls1_2 -servername other.example.com -nextprotoneg http/1.1 -no_etm -no_ems
call 443 -tls1_2 -cipher 'AES128-SHA' -noservername -no_ticket
call 443 -tls1_2 -servername www.example.com -sess_out "$LAB/session12"
call 443 -tls1_2 -servername www.example.com -sess_in "$LAB/session12"
call 8443 -tls1_2 -cert "$LAB/client.pem" -key "$LAB/client.key"
call 8443 -tls1_2
call 8444 -tls1_2 -cipher PSK -psk 0123456789abcdef -psk_identity client
call 8446 -tls1_2 -cipher 'aNULL:@SECLEVEL=0'
try "$LAB/bin/tls-peer" -connect 192.0.2.2:8447 -tls12
# The oldest and emptiest of client hellos.
printf '\026\003\001\000\055\001\000\000\051\003\000%032d\000\000\002\000\005\001\000' 0 | try nc -N 192.0.2.2 443
save tls12 3

record $all
call 443 -servername www.example.com
call 443 -tls1_3 -servername other.example.com -alpn h2 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -groups X25519:P-256
call 443 -tls1_3 -servername www.example.com -maxfraglen 512 -sigalgs rsa_pss_rsae_sha256 -ct
call 443 -tls1_3 -servername www.example.com -sess_out "$LAB/session13"
call 443 -tls1_3 -servername www.example.com -sess_in "$LAB/session13"
call 443 -tls1_3 -groups X448:ffdhe2048:P-384
call 8443 -tls1_3 -cert "$LAB/client.pem" -key "$LAB/client.key"
call 8444 -tls1_3 -psk 0123456789abcdef -psk_identity client
# The server asks for another group (HelloRetryRequest).
call 8445 -tls1_3 -groups X25519:P-521
try timeout 3 gnutls-cli --insecure --logfile=/dev/null -p 443 192.0.2.2 --sni-hostname=www.example.com --alpn=h2 --priority 'NORMAL:+GROUP-ALL'
try curl -sk --max-time 2 --resolve www.example.com:443:192.0.2.2 https://www.example.com/
try wget -q -O /dev/null --no-check-certificate -T 2 --tries=1 https://www.example.com/
# A client hello of two segments, then an encrypted one.
try "$LAB/bin/tls-peer" -connect 192.0.2.2:8447 -resume
try "$LAB/bin/tls-peer" -connect 192.0.2.2:8447 -ech
save tls13 2

# QUIC, versions 1 and 2.
background server "$LAB/bin/quic-peer" -listen 192.0.2.2:443
background server "$LAB/bin/quic-peer" -listen 192.0.2.2:8443 -retry
background server "$LAB/bin/quic-peer" -listen '[2001:db8::2]:443'
wait_port server 443 udp
wait_port server 8443 udp
record udp port 443 or udp port 8443
call() { try "$LAB/bin/quic-peer" -connect "$@"; }
# With post-quantum keys the client hello takes two packets.
call 192.0.2.2:443
call 192.0.2.2:443 -classic
call 192.0.2.2:443 -version 2 -classic -name mail.example.com -alpn doq
call 192.0.2.2:443 -resume -classic
call 192.0.2.2:8443 -classic
call 192.0.2.2:443 -alpn unknown -classic
call '[2001:db8::2]:443' -classic -alpn hq-interop
save quic 2

# WireGuard handshakes.
background server "$LAB/bin/wireguard-peer" -seed 2 -peer 1
wait_port server 51820 udp
record udp port 51820
try "$LAB/bin/wireguard-peer" -seed 1 -peer 2 -endpoint 192.0.2.2:51820
save wireguard

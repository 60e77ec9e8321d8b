# Flows of protocols that have no selector, for --nonselected-tcp-data and
# --nonselected-udp-data.
background server socat TCP-LISTEN:7000,bind=192.0.2.2,fork,reuseaddr EXEC:cat
background server socat UDP-LISTEN:7001,bind=192.0.2.2,fork,reuseaddr EXEC:cat
wait_port server 7000
wait_port server 7001 udp
record port 7000 or port 7001
printf 'first words\nof an unknown protocol\n' | try nc -N 192.0.2.2 7000
(printf 'a second flow'; sleep 0.3; printf 'whose second segment is not written') | try nc -N 192.0.2.2 7000
for i in 1 2; do printf 'datagram %d' $i; sleep 0.3; done | try nc -u -w 1 192.0.2.2 7001
printf '\000\001\002\003' | try nc -u -w 1 -p 7002 192.0.2.2 7001
save unknown

# Telnet.
background server socat TCP-LISTEN:23,bind=192.0.2.2,fork,reuseaddr 'EXEC:/usr/sbin/telnetd -h -E /bin/cat,nofork'
wait_port server 23
record tcp port 23
(sleep 1; echo hello; sleep 1; echo alice; sleep 1; echo wonderland; sleep 1) | try telnet 192.0.2.2 23
(sleep 1; printf 'bare text\r\n'; printf '\377\373\030\377\372\030\000xterm\377\360data\377\377\r\n') | try nc -N 192.0.2.2 23
save telnet 12

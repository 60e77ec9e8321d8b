# TACACS+: logins and an authorization, with and without encryption.
background server /usr/bin/python3 - <<'PY'
# Answers every request with a pass, in the clear (RFC 8907).
import socket, threading
def serve(c):
    with c:
        while True:
            head = c.recv(12, socket.MSG_WAITALL)
            if len(head) < 12:
                return
            c.recv(int.from_bytes(head[8:12], "big"), socket.MSG_WAITALL)
            body = {1: b"\1\0\0\5\0\0hello", 2: b"\1\0\0\0\0\0", 3: b"\0\0\0\0\1"}[head[1]]
            c.sendall(head[:2] + bytes([head[2] + 1, head[3] | 1]) + head[4:8] + len(body).to_bytes(4, "big") + body)
s = socket.create_server(("192.0.2.2", 49))
while True:
    threading.Thread(target=serve, args=(s.accept()[0],)).start()
PY
wait_port server 49
record tcp port 49
for key in wonderland ''; do
	try perl -MAuthen::TacacsPlus -e '
		my $t = new Authen::TacacsPlus(Host => "192.0.2.2", Key => $ARGV[0]) or die;
		$t->authen("alice", "wonderland", Authen::TacacsPlus::TAC_PLUS_AUTHEN_TYPE_PAP);' -- "$key"
done
# In the clear: an ASCII login, an authorization, an accounting record.
send() { printf "$1" | try nc -w 1 192.0.2.2 49; }
send '\300\001\001\005\001\002\003\004\000\000\000\033\001\001\001\001\005\004\011\001alicetty0192.0.2.1x'
send '\300\002\001\005\001\002\003\005\000\000\000\043\006\001\001\001\005\004\000\002\015\004alicetty0service=shellcmd='
send '\300\003\001\005\001\002\003\006\000\000\000\025\002\006\001\001\001\005\000\000\001\007alicetask_id'
save tacacs

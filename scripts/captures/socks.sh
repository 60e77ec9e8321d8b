# SOCKS 4 and 5, with and without a name and a password.
background server python3 -m http.server --bind 192.0.2.2 8080
cat >"$LAB/danted.conf" <<-'CONF'
	logoutput: stderr
	internal: 192.0.2.2 port = 1080
	external: 192.0.2.2
	user.privileged: root
	user.unprivileged: root
	clientmethod: none
	socksmethod: none username
	client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
	socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
CONF
background server danted -f "$LAB/danted.conf"
wait_port server 1080
wait_port server 8080
record tcp port 1080
page=http://www.example.com:8080/
for proxy in socks4 socks4a socks5 socks5h; do try curl -sS -o /dev/null --max-time 5 -x $proxy://192.0.2.2:1080 $page; done
try curl -sS -o /dev/null --max-time 5 -x socks5h://alice:wonderland@192.0.2.2:1080 $page
try curl -sS -o /dev/null --max-time 5 -x socks4://alice@192.0.2.2:1080 http://192.0.2.2:9/
try curl -sS -o /dev/null --max-time 5 -x socks5h://192.0.2.2:1080 'http://[2001:db8::2]:9/'
save socks 6

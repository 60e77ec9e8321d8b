# HTTP/1.0, HTTP/1.1 and the opening of HTTP/2, with and without TLS below it.
mkdir -p "$LAB/www"
printf '<html><title>Example</title><p>An example.</p></html>\n' >"$LAB/www/index.html"
cat >"$LAB/nginx.conf" <<-CONF
	daemon off; pid $LAB/nginx.pid; error_log $LAB/nginx.err; user root;
	events {}
	http {
		access_log off;
		client_body_temp_path $LAB/nginx.body; proxy_temp_path $LAB/nginx.proxy;
		fastcgi_temp_path $LAB/nginx.fcgi; uwsgi_temp_path $LAB/nginx.uwsgi; scgi_temp_path $LAB/nginx.scgi;
		server {
			listen 80; listen [::]:80; server_name www.example.com; root $LAB/www;
			add_header Set-Cookie "session=0123456789abcdef; HttpOnly";
			location /private { auth_basic "for members"; auth_basic_user_file $LAB/htpasswd; }
			location /moved { return 301 https://www.example.com/; }
		}
	}
CONF
printf 'alice:{PLAIN}wonderland\n' >"$LAB/htpasswd"
background server nginx -e "$LAB/nginx.err" -c "$LAB/nginx.conf"
background server python3 -m http.server --directory "$LAB/www" 8080
wait_port server 80
wait_port server 8080
record tcp port 80 or tcp port 8080
web() { try curl -sS --max-time 5 "$@"; }
web http://www.example.com/
web -0 http://www.example.com/
web -I http://www.example.com/missing
web -d 'name=alice&color=red' -b 'session=0123456789abcdef' -e http://www.example.com/ http://www.example.com/form
web -u alice:wonderland http://www.example.com/private
web -H 'Authorization: Bearer abcdef.012345' -A 'example/1.0' http://www.example.com/moved
web -X OPTIONS -H 'X-Custom: one' -H 'X-Custom: two' -H 'Host:' http://www.example.com/
web -T "$LAB/www/index.html" http://www.example.com/upload
web -H 'Transfer-Encoding: chunked' -d @"$LAB/www/index.html" http://www.example.com/chunks
web -x http://www.example.com:80 -p http://other.example.net/
web --http2 http://www.example.com/
web --http2-prior-knowledge http://www.example.com/
web -g 'http://[2001:db8::2]/'
web http://192.0.2.2:8080/
try wget -q -O /dev/null --tries=1 http://www.example.com/
printf 'GET / HTTP/1.1\r\nHost: www.example.com\r\nX-Bytes: \377\200"\\\t\r\n\r\n' | try nc -N 192.0.2.2 80
long=$(head -c 3000 /dev/zero | tr '\0' x)
web -A "long/1.0 $long" http://www.example.com/two-segments
save http

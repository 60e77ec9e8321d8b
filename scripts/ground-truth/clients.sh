# The clients of the ground truth. Each entry is
#
#	client NAME EXECUTABLE "PACKAGES" "LIBRARIES" [SECONDS] <<'END'
#	commands
#	END
#
# NAME is what the process is called in the archive, EXECUTABLE the file that
# runs, PACKAGES what Debian installs it from. LIBRARIES are packages that make
# the difference where one process can use several (or, after an equals sign,
# their name and version); what EXECUTABLE is linked with is found out. SECONDS
# is how long the commands may take. They run in the laboratory, twice: once for
# names with IPv4 addresses and once for those with IPv6 addresses. Nothing is
# wrong if one of them fails, or does not exist in a release of Debian.
#
# In the commands $H is a web server, $M a server for mail and everything else,
# $A the address of both, $C the certificate of the authority that signed theirs,
# $P the digests of their keys, $LAB a directory for programs that are built here;
# $V and $X are the options with which nmap and hydra use IPv6, in its turn.

client curl /usr/bin/curl "curl" "" <<'END'
curl -sSo /dev/null https://$H/
curl -sSo /dev/null --http1.1 https://$H/
curl -sSIo /dev/null https://$H/
curl -sSLO --compressed https://$H/index.html
curl -sSo /dev/null -d a=b https://$H/
curl -sSo /dev/null --http3 https://$H/
curl -sSo /dev/null http://$H/
curl -sSIo /dev/null http://$H/
curl -sSo /dev/null --compressed http://$H/
curl -sSo /dev/null -d a=b http://$H/
curl -sSo /dev/null -0 http://$H/
curl -sSo /dev/null -u a:b http://$H/
curl -sSo /dev/null -b a=b -e http://$M/ http://$H/
curl -sSo /dev/null -T /etc/hostname http://$H/
curl -sSo /dev/null -x http://$H:80 -p http://$M/
curl -sSo /dev/null --http2 http://$H/
curl -sSko /dev/null https://$H/
curl -sSo /dev/null --tls-max 1.2 https://$H/
curl -sSo /dev/null --ciphers DEFAULT@SECLEVEL=0 https://$H/
curl -sSo /dev/null --doh-url https://$H/dns-query https://$M:8443/
curl -sSko /dev/null -u a:b sftp://$M/a
curl -sS --user a:b imaps://$M/
curl -sS --ssl-reqd --user a:b ftp://$M/
END

client wget /usr/bin/wget "wget" "" <<'END'
wget -qO /dev/null https://$H/
wget -qO /dev/null --no-check-certificate --spider https://$H/
wget -qO /dev/null --post-data a=b https://$H/
wget -qO /dev/null http://$H/
wget -qO /dev/null --spider http://$H/
wget -qO /dev/null --post-data a=b http://$H/
END

client wget2 /usr/bin/wget2 "wget2" "" <<'END'
wget2 -qO /dev/null https://$H/
wget2 -qO /dev/null --no-http2 https://$H/
wget2 -qO /dev/null http://$H/
END

client aria2c /usr/bin/aria2c "aria2" "" <<'END'
aria2c -q --ca-certificate=$C -o a --allow-overwrite https://$H/a
aria2c -q -o a --allow-overwrite http://$H/a
END

client axel /usr/bin/axel "axel" "" <<'END'
axel -q -o /tmp/axel1 https://$H/a
axel -q -o /tmp/axel2 http://$H/a
END

client lynx /usr/bin/lynx "lynx" "" <<'END'
lynx -dump https://$H/
lynx -dump http://$H/
END

client w3m /usr/bin/w3m "w3m" "" <<'END'
w3m -dump https://$H/
w3m -dump http://$H/
END

client links /usr/bin/links "links" "" <<'END'
links -dump https://$H/
links -dump http://$H/
END

client links2 /usr/bin/links2 "links2" "" <<'END'
links2 -dump https://$H/
links2 -dump http://$H/
END

client elinks /usr/bin/elinks "elinks" "" <<'END'
elinks -dump https://$H/
elinks -dump http://$H/
END

client git-remote-http /usr/lib/git-core/git-remote-http "git" "" <<'END'
git ls-remote https://$H/a.git
git clone https://$H/a.git
git ls-remote http://$H/a.git
END

client svn /usr/bin/svn "subversion" "" <<'END'
svn --non-interactive info https://$H/a
svn --non-interactive info http://$H/a
END

client lftp /usr/bin/lftp "lftp" "" <<'END'
lftp -c "set net:timeout 3; set net:max-retries 1; cat https://$H/"
lftp -c "set net:timeout 3; set net:max-retries 1; cat http://$H/"
lftp -c "set net:timeout 3; set net:max-retries 1; open -u a,b ftps://$M; ls"
lftp -c "set net:timeout 3; set net:max-retries 1; open -u a,b $M; ls"
END

client ncat /usr/bin/ncat "ncat" "" <<'END'
printf 'GET / HTTP/1.0\r\n\r\n' | ncat --ssl $H 443
printf 'GET / HTTP/1.0\r\n\r\n' | ncat --ssl-verify $H 443
END

client socat /usr/bin/socat "socat" "" <<'END'
printf 'GET / HTTP/1.0\r\n\r\n' | socat - OPENSSL:$H:443
END

client openssl /usr/bin/openssl "openssl" "" <<'END'
openssl s_client -connect $H:443 </dev/null
openssl s_client -connect $H:443 -servername $H -alpn h2,http/1.1 </dev/null
openssl s_client -connect $H:443 -noservername </dev/null
openssl s_client -tls1_2 -connect $H:443 </dev/null
openssl s_client -tls1_3 -connect $H:443 </dev/null
openssl s_client -no_ticket -connect $H:443 </dev/null
openssl s_client -status -connect $H:443 </dev/null
for version in "" -tls1_3 -tls1_2 -tls1_1 -tls1; do
	openssl s_client -cipher DEFAULT:@SECLEVEL=0 $version -connect $H:443 </dev/null
done
openssl s_client -connect $M:25 -starttls smtp </dev/null
openssl s_client -quic -alpn h3 -connect $H:443 </dev/null
openssl s_time -connect $H:443 -time 1 -new
END

client gnutls-cli /usr/bin/gnutls-cli "gnutls-bin" "" <<'END'
gnutls-cli $H </dev/null
gnutls-cli --alpn h2 --alpn http/1.1 $H </dev/null
gnutls-cli-debug $H
END

client stunnel4 /usr/bin/stunnel4 "stunnel4" "" <<'END'
printf 'foreground = yes\npid =\n[a]\nclient = yes\naccept = 127.0.0.1:8001\nconnect = %s:443\nsni = %s\n' $H $H > /tmp/stunnel.conf
stunnel4 /tmp/stunnel.conf & sleep 1
printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 127.0.0.1 8001 || curl -s http://127.0.0.1:8001/
END

client nmap /usr/bin/nmap "nmap nmap-common" "" <<'END'
nmap $V -Pn -n -p 22,80,443 -sV $H
nmap $V -Pn -n -p 443 --script ssl-cert,ssl-enum-ciphers,http-title $H
nmap $V -Pn -n -p 22 --script ssh2-enum-algos,ssh-hostkey $M
END

client sslscan /usr/bin/sslscan "sslscan" "" <<'END'
sslscan --no-colour $H
END

client perl /usr/bin/perl "libwww-perl liblwp-protocol-https-perl" "libio-socket-ssl-perl libwww-perl" <<'END'
lwp-request https://$H/
lwp-request http://$H/
perl -MLWP::UserAgent -e 'LWP::UserAgent->new->get($_) for @ARGV' https://$H/ http://$H/
END

client perl /usr/bin/perl "perl libio-socket-ssl-perl" "libio-socket-ssl-perl" <<'END'
perl -MHTTP::Tiny -e 'HTTP::Tiny->new->get($_) for @ARGV' https://$H/ http://$H/
perl -MIO::Socket::SSL -e 'IO::Socket::SSL->new($ARGV[0]) or die' $H:443
END

client perl /usr/bin/perl "libmojolicious-perl" "libmojolicious-perl" <<'END'
perl -MMojo::UserAgent -e 'Mojo::UserAgent->new->get($_) for @ARGV' https://$H/ http://$H/
END

client perl /usr/bin/perl "swaks libnet-ssleay-perl libnet-dns-perl" "swaks" <<'END'
swaks --to a@lab.test --from b@lab.test --server $M --tls
swaks --to a@lab.test --from b@lab.test --server $M --tlsc
END

client perl /usr/bin/perl "libnet-ssh2-perl" "libnet-ssh2-perl" <<'END'
perl -MNet::SSH2 -e '$s = Net::SSH2->new; $s->connect($ARGV[0]) and $s->auth_password("a", "b")' $M
END

client msmtp /usr/bin/msmtp "msmtp" "" <<'END'
printf 'Subject: a\n\nb\n' | msmtp --host=$M --from=a@lab.test --tls=on --tls-starttls=on a@lab.test
printf 'Subject: a\n\nb\n' | msmtp --host=$M --port=465 --from=a@lab.test --tls=on --tls-starttls=off a@lab.test
END

client fetchmail /usr/bin/fetchmail "fetchmail" "" <<'END'
printf 'poll %s protocol imap user a password b ssl mda /bin/true\n' $M > /tmp/fetchmailrc; chmod 600 /tmp/fetchmailrc
fetchmail --nosyslog -f /tmp/fetchmailrc --pidfile /tmp/fetchmail.pid
printf 'poll %s protocol pop3 user a password b sslproto tls1 mda /bin/true\n' $M > /tmp/fetchmailrc
fetchmail --nosyslog -f /tmp/fetchmailrc --pidfile /tmp/fetchmail.pid
END

client mutt /usr/bin/mutt "mutt" "" <<'END'
TERM=xterm mutt -n -e 'set ssl_starttls=yes; set imap_pass=b; set timeout=1; set connect_timeout=3; push "<exit>"' -f imaps://a@$M/ </dev/null
printf 'a' | mutt -n -e "set smtp_url=smtps://$M/; set from=a@lab.test" -s a a@lab.test
END

client mbsync /usr/bin/mbsync "isync" "" <<'END'
mkdir -p /tmp/mail
printf 'IMAPStore r\nHost %s\nUser a\nPass b\nSSLType IMAPS\nTLSType IMAPS\nCertificateFile %s\n\nMaildirStore l\nPath /tmp/mail/\nInbox /tmp/mail/i\n\nChannel c\nFar :r:\nNear :l:\n' $M $C > /tmp/mbsyncrc
mbsync -c /tmp/mbsyncrc c
sed -i '/TLSType/d' /tmp/mbsyncrc; mbsync -c /tmp/mbsyncrc c
END

client ldapsearch /usr/bin/ldapsearch "ldap-utils" "" <<'END'
ldapsearch -x -H ldaps://$M -l 2 -o nettimeout=2 -b dc=test
ldapsearch -x -ZZ -H ldap://$M -l 2 -o nettimeout=2 -b dc=test
END

client psql "/usr/lib/postgresql/*/bin/psql" "postgresql-client" "" <<'END'
psql "host=$M user=a dbname=a sslmode=require connect_timeout=2" -c 'select 1'
psql "host=$M user=a dbname=a sslmode=verify-full sslrootcert=$C connect_timeout=2" -c 'select 1'
END

client mariadb /usr/bin/mariadb "mariadb-client" "" <<'END'
mariadb -h $M -u a --ssl --connect-timeout=2 -e 'select 1'
END

client redis-cli /usr/bin/redis-cli "redis-tools" "" <<'END'
redis-cli -h $M -p 6380 --tls --cacert $C ping
redis-cli -h $M -p 6380 --tls --sni $M --cacert $C ping
END

client mosquitto_pub /usr/bin/mosquitto_pub "mosquitto-clients" "" <<'END'
mosquitto_pub -h $M -p 8883 --cafile $C -t a -m b
END

client ab /usr/bin/ab "apache2-utils" "" <<'END'
ab -n 2 https://$H/
ab -n 2 http://$H/
END

client siege /usr/bin/siege "siege" "" <<'END'
siege -r 1 -c 1 https://$H/
siege -r 1 -c 1 http://$H/
END

client wrk /usr/bin/wrk "wrk" "" <<'END'
wrk -d 1 -c 1 -t 1 https://$H/
wrk -d 1 -c 1 -t 1 http://$H/
END

client nghttp /usr/bin/nghttp "nghttp2-client" "" <<'END'
nghttp https://$H/
END

client h2load /usr/bin/h2load "nghttp2-client" "" <<'END'
h2load -n 2 https://$H/
h2load -n 2 --h1 https://$H/
END

client httrack /usr/bin/httrack "httrack" "" <<'END'
httrack -q -r1 -O /tmp/httrack https://$H/
httrack -q -r1 -O /tmp/httrack2 http://$H/
END

client python3 /usr/bin/python3 "python3" "" <<'END'
python3 -c 'import sys, urllib.request as u
for a in sys.argv[1:]: u.urlopen(a).read()' https://$H/ http://$H/
python3 -c 'import sys, socket, ssl
ssl.create_default_context().wrap_socket(socket.create_connection((sys.argv[1], 443)), server_hostname=sys.argv[1])' $H
python3 -c 'import sys, smtplib, ssl
s = smtplib.SMTP(sys.argv[1]); s.starttls(context=ssl.create_default_context()); s.quit()' $M
END

client python3 /usr/bin/python3 "python3-requests" "python3-requests python3-urllib3" <<'END'
python3 -c 'import sys, requests
for a in sys.argv[1:]: requests.get(a); requests.post(a, data="a")' https://$H/ http://$H/
python3 -c 'import sys, urllib3
for a in sys.argv[1:]: urllib3.PoolManager(ca_certs="'$C'").request("GET", a)' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-aiohttp" "python3-aiohttp" <<'END'
python3 -c 'import sys, asyncio, aiohttp
async def f():
    async with aiohttp.ClientSession() as s:
        for a in sys.argv[1:]:
            async with s.get(a) as r: await r.read()
asyncio.run(f())' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-httpx python3-h2" "python3-httpx" <<'END'
python3 -c 'import sys, httpx
for a in sys.argv[1:]:
    httpx.get(a, verify="'$C'")
    httpx.Client(http2=True, verify="'$C'").get(a)' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-pycurl" "python3-pycurl" <<'END'
python3 -c 'import sys, pycurl
for a in sys.argv[1:]:
    c = pycurl.Curl(); c.setopt(c.URL, a); c.perform(); c.close()' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-tornado" "python3-tornado" <<'END'
python3 -c 'import sys, asyncio, tornado.httpclient as t
async def f():
    for a in sys.argv[1:]: await t.AsyncHTTPClient().fetch(a)
asyncio.run(f())' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-httplib2" "python3-httplib2" <<'END'
python3 -c 'import sys, httplib2
for a in sys.argv[1:]: httplib2.Http(ca_certs="'$C'").request(a)' https://$H/ http://$H/
END

client python3 /usr/bin/python3 "python3-twisted python3-openssl python3-service-identity" "python3-twisted" <<'END'
python3 -c 'import sys
from twisted.internet import reactor, task
from twisted.web.client import Agent
def main(r): return Agent(r).request(b"GET", sys.argv[1].encode())
task.react(main)' https://$H/
python3 -c 'import sys
from twisted.internet import reactor, task
from twisted.web.client import Agent
def main(r): return Agent(r).request(b"GET", sys.argv[1].encode())
task.react(main)' http://$H/
END

client python3 /usr/bin/python3 "python3-aioquic" "python3-aioquic" <<'END'
python3 -c 'import sys, asyncio, ssl
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration
async def f():
    c = QuicConfiguration(alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE)
    async with connect(sys.argv[1], 443, configuration=c) as p: await p.ping()
asyncio.run(f())' $H
END

client python3 /usr/bin/python3 "httpie" "httpie" <<'END'
http --ignore-stdin --verify $C https://$H/
http --ignore-stdin http://$H/
http --ignore-stdin POST http://$H/ a=b
END

client python3 /usr/bin/python3 "yt-dlp" "yt-dlp" <<'END'
yt-dlp --no-check-certificates --retries 0 https://$H/
yt-dlp --retries 0 http://$H/
END

client python3 /usr/bin/python3 "mercurial" "mercurial" <<'END'
hg identify https://$H/a
hg identify http://$H/a
END

client python3 /usr/bin/python3 "python3-pip" "python3-pip" <<'END'
pip download --no-deps --retries 0 --timeout 3 --index-url https://$H/simple a
pip download --no-deps --retries 0 --timeout 3 --trusted-host $H --index-url http://$H/simple a
END

client python3 /usr/bin/python3 "s3cmd" "s3cmd" <<'END'
s3cmd --access_key=a --secret_key=b --host=$H --host-bucket=$H ls
END

client python3 /usr/bin/python3 "sqlmap" "sqlmap" <<'END'
sqlmap --batch --retries 0 --timeout 3 -u "https://$H/?a=1"
sqlmap --batch --retries 0 --timeout 3 -u "http://$H/?a=1"
END

client python3 /usr/bin/python3 "wfuzz" "wfuzz" <<'END'
printf 'a\nb\n' > /tmp/words
wfuzz -w /tmp/words https://$H/FUZZ
wfuzz -w /tmp/words http://$H/FUZZ
END

client python3 /usr/bin/python3 "python3-paramiko" "python3-paramiko" <<'END'
python3 -c 'import sys, paramiko
c = paramiko.SSHClient(); c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect(sys.argv[1], username="a", password="b", allow_agent=False, look_for_keys=False)' $M
END

client python3 /usr/bin/python3 "python3-asyncssh" "python3-asyncssh" <<'END'
python3 -c 'import sys, asyncio, asyncssh
async def f():
    async with asyncssh.connect(sys.argv[1], username="a", password="b", known_hosts=None) as c: await c.run("a")
asyncio.run(f())' $M
END

client node /usr/bin/node "nodejs" "" <<'END'
node -e 'for (const a of process.argv.slice(1)) require(a.startsWith("https") ? "https" : "http").get(a)' https://$H/ http://$H/
node -e 'for (const a of process.argv.slice(1)) fetch(a)' https://$H/ http://$H/
node -e 'const c = require("http2").connect(process.argv[1]); c.request({":path": "/"}).end(); setTimeout(() => c.close(), 1000)' https://$H/
END

client node /usr/bin/node "node-axios" "node-axios" <<'END'
NODE_PATH=/usr/share/nodejs node -e 'for (const a of process.argv.slice(1)) require("axios").get(a)' https://$H/ http://$H/
END

client node /usr/bin/node "node-got" "node-got" <<'END'
NODE_PATH=/usr/share/nodejs node -e 'const g = require("got"); for (const a of process.argv.slice(1)) (g.got || g)(a)' https://$H/ http://$H/
END

client node /usr/bin/node "node-ws" "node-ws" <<'END'
NODE_PATH=/usr/share/nodejs node -e 'const W = require("ws"); for (const a of process.argv.slice(1)) new W(a).on("error", () => {})' wss://$H/ ws://$H/
END

client node /usr/bin/node "npm" "npm" <<'END'
npm --registry=https://$H/ --fetch-retries=0 view a
npm --registry=http://$H/ --fetch-retries=0 view a
END

client "go program" $LAB/go-client "golang-go" "golang-go" <<'END'
cd /tmp && mkdir -p go-client && cd go-client && cat > main.go <<'GO'
package main

import ("crypto/tls"; "net/http"; "os")

func main() {
	for _, a := range os.Args[1:] {
		http.Get(a)
		http.Post(a, "text/plain", nil)
	}
	if c, err := tls.Dial("tcp", os.Getenv("H")+":443", nil); err == nil {
		c.Close()
	}
}
GO
[ -x $LAB/go-client ] || GO111MODULE=off GOCACHE=/tmp/go-cache go build -o $LAB/go-client main.go
$LAB/go-client https://$H/ http://$H/
END

client "go program" $LAB/goclient "" "=$GOVERSION" <<'END'
$LAB/goclient http $H
$LAB/goclient tls $H
GODEBUG=tlsmlkem=0 $LAB/goclient tls $H
END

client "go program" $LAB/goclient "" "=x/crypto/ssh $XCRYPTO" <<'END'
$LAB/goclient ssh $M
END

client "go program" $LAB/goclient "" "=quic-go $QUICGO" <<'END'
$LAB/goclient quic $H
GODEBUG=tlsmlkem=0 $LAB/goclient quic $H
END

client go "/usr/lib/go-*/bin/go" "golang-go" "" <<'END'
cd /tmp && mkdir -p go-get && cd go-get && printf 'module a\n' > go.mod
GOFLAGS=-mod=mod GONOSUMDB=* GONOSUMCHECK=1 GOTOOLCHAIN=local GOPROXY=https://$H/ go get example.com/a@latest
END

client java "/usr/lib/jvm/*/bin/java" "openjdk-17-jdk-headless" "openjdk-17-jre-headless" <<'END'
cd /tmp && cat > C.java <<'JAVA'
import java.net.*; import java.net.http.*;
public class C { public static void main(String[] v) throws Exception {
  for (String a : v) {
    try { new URL(a).openStream().readAllBytes(); } catch (Exception e) { System.err.println(e); }
    try { HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(a)).build(), HttpResponse.BodyHandlers.ofString()); } catch (Exception e) { System.err.println(e); }
  } } }
JAVA
java C.java https://$H/ http://$H/
END

client java "/usr/lib/jvm/*/bin/java" "openjdk-21-jdk-headless" "openjdk-21-jre-headless" <<'END'
cd /tmp && cat > C.java <<'JAVA'
import java.net.*; import java.net.http.*;
public class C { public static void main(String[] v) throws Exception {
  for (String a : v) {
    try { URI.create(a).toURL().openStream().readAllBytes(); } catch (Exception e) { System.err.println(e); }
    try { HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(a)).build(), HttpResponse.BodyHandlers.ofString()); } catch (Exception e) { System.err.println(e); }
  } } }
JAVA
java C.java https://$H/ http://$H/
END

client java "/usr/lib/jvm/*/bin/java" "libjsch-java default-jdk-headless" "libjsch-java" <<'END'
cd /tmp && cat > S.java <<'JAVA'
import com.jcraft.jsch.*;
public class S { public static void main(String[] v) throws Exception {
  Session s = new JSch().getSession("a", v[0], 22); s.setPassword("b"); s.setConfig("StrictHostKeyChecking", "no"); s.connect(5000); s.disconnect();
} }
JAVA
java -cp /usr/share/java/jsch.jar S.java $M
END

client "rust program (rustls, ureq)" $LAB/rust-ureq "rustc cargo librust-ureq-dev" "librust-ureq-dev librust-rustls-dev" 900 <<'END'
[ -x $LAB/rust-ureq ] || {
	mkdir -p /tmp/ureq/src /tmp/ureq/.cargo && cd /tmp/ureq
	printf '[package]\nname = "rust-ureq"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nureq = { version = "*" }\n[profile.dev]\ndebug = 0\n' > Cargo.toml
	printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n' > .cargo/config.toml
	export CARGO_TARGET_DIR=$LAB/ureq
	# Version 3 trusts no authority that it was not told of; version 2 does.
	printf 'use ureq::tls::*;\nfn main() { let c = TlsConfig::builder().disable_verification(true).build(); let r = ureq::Agent::new_with_config(ureq::Agent::config_builder().tls_config(c).build()); for a in std::env::args().skip(1) { println!("{:?}", r.get(&a).call().is_ok()); } }\n' > src/main.rs
	cargo build --offline || {
		printf 'fn main() { for a in std::env::args().skip(1) { println!("{:?}", ureq::get(&a).call().is_ok()); } }\n' > src/main.rs
		cargo build --offline
	}
	cp $LAB/ureq/debug/rust-ureq $LAB/rust-ureq
}
$LAB/rust-ureq https://$H/ http://$H/
END

client "rust program (reqwest)" $LAB/rust-reqwest "rustc cargo librust-reqwest-dev librust-reqwest+blocking-dev librust-reqwest+default-tls-dev" "librust-reqwest-dev" 900 <<'END'
[ -x $LAB/rust-reqwest ] || {
	mkdir -p /tmp/reqwest/src /tmp/reqwest/.cargo && cd /tmp/reqwest
	printf '[package]\nname = "rust-reqwest"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nreqwest = { version = "*", features = ["blocking"] }\n[profile.dev]\ndebug = 0\n' > Cargo.toml
	printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n' > .cargo/config.toml
	printf 'fn main() { for a in std::env::args().skip(1) { println!("{:?}", reqwest::blocking::get(&a).is_ok()); } }\n' > src/main.rs
	CARGO_TARGET_DIR=$LAB/reqwest cargo build --offline && cp $LAB/reqwest/debug/rust-reqwest $LAB/rust-reqwest
}
$LAB/rust-reqwest https://$H/ http://$H/
END

client cargo /usr/bin/cargo "cargo rustc" "" <<'END'
mkdir -p /tmp/c/src /tmp/c/.cargo && cd /tmp/c && printf 'fn main() {}\n' > src/main.rs
printf '[package]\nname = "c"\nversion = "0.1.0"\n[dependencies]\na = "1"\n' > Cargo.toml
printf '[source.crates-io]\nreplace-with = "l"\n[source.l]\nregistry = "sparse+https://%s/"\n[http]\ncainfo = "%s"\n[net]\nretry = 0\n' $H $C > .cargo/config.toml
cargo fetch || { sed -i 's/sparse+//' .cargo/config.toml; cargo fetch; }
END

client xh /usr/bin/xh "xh" "" <<'END'
xh --ignore-stdin --verify $C https://$H/
xh --ignore-stdin http://$H/
END

client sq /usr/bin/sq "sq" "" <<'END'
sq network keyserver --server hkps://$H search a@lab.test || sq keyserver --server hkps://$H get a@lab.test
END

client ruby /usr/bin/ruby "ruby" "" <<'END'
ruby -ropen-uri -e 'ARGV.each { |a| URI.open(a).read }' https://$H/ http://$H/
ruby -rnet/http -e 'ARGV.each { |a| Net::HTTP.get(URI(a)) }' https://$H/ http://$H/
gem fetch a --clear-sources --source https://$H/
END

client ruby /usr/bin/ruby "ruby-net-ssh" "ruby-net-ssh" <<'END'
ruby -rnet/ssh -e 'Net::SSH.start(ARGV[0], "a", password: "b", verify_host_key: :never) { |s| s.exec!("a") }' $M
END

client ruby /usr/bin/ruby "whatweb" "whatweb" <<'END'
whatweb --no-errors https://$H/
whatweb --no-errors http://$H/
END

client php /usr/bin/php "php-cli" "" <<'END'
php -r 'foreach (array_slice($argv, 1) as $a) file_get_contents($a);' https://$H/ http://$H/
END

client php /usr/bin/php "php-cli php-curl" "php-curl" <<'END'
php -r 'foreach (array_slice($argv, 1) as $a) { $c = curl_init($a); curl_exec($c); }' https://$H/ http://$H/
END

client php /usr/bin/php "php-cli php-ssh2" "php-ssh2" <<'END'
php -r '$c = ssh2_connect($argv[1]); ssh2_auth_password($c, "a", "b");' $M
END

client php /usr/bin/php "composer" "composer" <<'END'
cd /tmp && mkdir -p composer && cd composer
printf '{"repositories": [{"packagist": false}, {"type": "composer", "url": "https://%s/"}], "require": {"a/b": "*"}}' $H > composer.json
COMPOSER_ALLOW_SUPERUSER=1 composer install -n
END

client chromium /usr/lib/chromium/chromium "chromium chromium-headless-shell" "" 300 <<'END'
o="--headless --no-sandbox --disable-gpu --disable-background-networking --disable-sync --disable-component-update --no-first-run --ignore-certificate-errors --user-data-dir=/tmp/chromium"
timeout 90 chromium $o --disable-quic --dump-dom https://$H/
timeout 90 chromium $o --disable-quic --dump-dom http://$H/
timeout 90 chromium $o --enable-quic --origin-to-force-quic-on=$H:443 --ignore-certificate-errors-spki-list=$P --dump-dom https://$H/
END

client firefox-esr /usr/lib/firefox-esr/firefox-esr "firefox-esr" "" 300 <<'END'
mkdir -p /usr/lib/firefox-esr/distribution /tmp/firefox
printf '{"policies": {"Certificates": {"Install": ["%s"]}, "DisableTelemetry": true, "DisableAppUpdate": true}}' $C > /usr/lib/firefox-esr/distribution/policies.json
printf 'user_pref("network.http.http3.alt-svc-mapping-for-testing", "%s;h3=:443");\nuser_pref("network.http.http3.disable_when_third_party_roots_found", false);\nuser_pref("network.trr.mode", 5);\nuser_pref("browser.shell.checkDefaultBrowser", false);\n' $H > /tmp/firefox/user.js
HOME=/tmp MOZ_HEADLESS=1 timeout 90 firefox-esr --headless --profile /tmp/firefox --screenshot /tmp/a.png https://$H/
HOME=/tmp MOZ_HEADLESS=1 timeout 90 firefox-esr --headless --profile /tmp/firefox --screenshot /tmp/a.png https://$M:8443/
HOME=/tmp MOZ_HEADLESS=1 timeout 90 firefox-esr --headless --profile /tmp/firefox --screenshot /tmp/a.png http://$H/
END

client QtWebEngineProcess "/usr/lib/qt6/libexec/QtWebEngineProcess /usr/lib/*/qt*/libexec/QtWebEngineProcess" "qutebrowser xvfb xauth libgl1-mesa-dri" "" 180 <<'END'
export XDG_RUNTIME_DIR=/tmp/qute QTWEBENGINE_DISABLE_SANDBOX=1 LIBGL_ALWAYS_SOFTWARE=1; mkdir -p -m 700 $XDG_RUNTIME_DIR
for a in https://$H/ http://$H/; do
	timeout 80 xvfb-run -a qutebrowser --temp-basedir -s qt.args '["no-sandbox", "disable-gpu"]' -s qt.force_software_rendering chromium $a
done
END

client WebKitNetworkProcess "/usr/lib/*/webkit2gtk-4.*/WebKitNetworkProcess" "surf xvfb xauth" "" 130 <<'END'
timeout 60 xvfb-run -a env WEBKIT_DISABLE_COMPOSITING_MODE=1 WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 surf https://$H/
timeout 60 xvfb-run -a env WEBKIT_DISABLE_COMPOSITING_MODE=1 WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 surf http://$H/
END

client netsurf-gtk /usr/bin/netsurf-gtk "netsurf-gtk xvfb xauth" "" <<'END'
timeout 40 xvfb-run -a netsurf-gtk https://$H/
timeout 40 xvfb-run -a netsurf-gtk http://$H/
END

client dillo /usr/bin/dillo "dillo xvfb xauth" "" <<'END'
timeout 40 xvfb-run -a dillo https://$H/
timeout 40 xvfb-run -a dillo http://$H/
END

client emacs /usr/bin/emacs "emacs-nox" "" <<'END'
emacs --batch --eval "(progn (require 'url) (url-retrieve-synchronously \"https://$H/\" t nil 5) (url-retrieve-synchronously \"http://$H/\" t nil 5))"
END

client guile /usr/bin/guile "guile-3.0 guile-gnutls" "guile-gnutls" <<'END'
guile -c "(use-modules (web client)) (http-get \"https://$H/\")"
guile -c "(use-modules (web client)) (http-get \"http://$H/\")"
END

client beam.smp "/usr/lib/erlang/erts-*/bin/beam.smp" "erlang-base erlang-inets erlang-ssl erlang-ssh" "erlang-ssl" <<'END'
erl -noshell -eval "inets:start(), ssl:start(), httpc:request(get, {\"https://$H/\", []}, [{ssl, [{verify, verify_none}]}], []), httpc:request(\"http://$H/\"), halt()."
erl -noshell -eval "ssh:start(), ssh:connect(\"$M\", 22, [{silently_accept_hosts, true}, {user, \"a\"}, {password, \"b\"}, {user_dir, \"/tmp\"}], 5000), halt()."
END

client tclsh /usr/bin/tclsh "tcl tcl-tls" "tcl-tls" <<'END'
printf 'package require http; package require tls; http::register https 443 [list ::tls::socket -autoservername true]; foreach a $argv { http::geturl $a }\n' > /tmp/a.tcl
tclsh /tmp/a.tcl https://$H/ http://$H/
END

client lua /usr/bin/lua5.4 "lua5.4 lua-sec lua-socket" "lua-sec" <<'END'
lua5.4 -e "require('ssl.https').request('https://$H/'); require('socket.http').request('http://$H/')"
END

client R /usr/lib/R/bin/exec/R "r-base-core" "" <<'END'
Rscript -e "readLines('https://$H/'); readLines('http://$H/')"
END

client mono /usr/bin/mono-sgen "mono-runtime mono-mcs libmono-system-net-http4.0-cil ca-certificates-mono" "" <<'END'
cd /tmp && printf 'class C { static void Main(string[] v) { foreach (var a in v) { try { new System.Net.WebClient().DownloadString(a); } catch (System.Exception e) { System.Console.WriteLine(e); } } } }' > c.cs
mcs c.cs && mono c.exe https://$H/ http://$H/
END

client irssi /usr/bin/irssi "irssi" "" <<'END'
printf '/connect -tls %s 6697\n' $M | TERM=xterm timeout 5 script -qc "irssi --home=/tmp/irssi -c $M -p 6697 --tls" /dev/null
TERM=xterm timeout 5 script -qc "irssi --home=/tmp/irssi -c $M -p 6697 -n a" /dev/null
mkdir -p /tmp/irssi && printf 'servers = ( { address = "%s"; port = "6697"; use_tls = "yes"; tls_verify = "no"; autoconnect = "yes"; } );\n' $M > /tmp/irssi/config
TERM=xterm timeout 5 script -qc "irssi --home=/tmp/irssi" /dev/null
END

client weechat-headless /usr/bin/weechat-headless "weechat-headless weechat-plugins" "" <<'END'
timeout 6 weechat-headless -d /tmp/weechat --stdout -r "/server add a $M/6697 -ssl -tls" -r "/connect a" || timeout 6 weechat-headless -d /tmp/weechat -r "/server add a $M/6697 -tls;/connect a"
END

client tor /usr/sbin/tor "tor" "" <<'END'
printf 'SocksPort 0\nUseBridges 1\nBridge %s:9001\nDataDirectory /tmp/tor\nLog notice stdout\n' $A > /tmp/torrc
timeout 12 tor -f /tmp/torrc
END

client rclone /usr/bin/rclone "rclone" "" <<'END'
rclone ls --retries 1 --low-level-retries 1 ":http,url='https://$H/':"
rclone ls --retries 1 --low-level-retries 1 ":http,url='http://$H/':"
rclone ls --retries 1 --low-level-retries 1 ":sftp,host=$M,user=a,pass=$(rclone obscure b):"
END

client restic /usr/bin/restic "restic" "" <<'END'
RESTIC_PASSWORD=a timeout 8 restic --cacert $C -r rest:https://$H/ snapshots
END

client syncthing /usr/bin/syncthing "syncthing" "" <<'END'
useradd -m syncthing 2>/dev/null
mkdir /tmp/s && chown syncthing /tmp/s
su syncthing -s /bin/sh -c "syncthing generate --home=/tmp/s
	sed -i 's,<globalAnnounceServer>default,<globalAnnounceServer>https://$H/?insecure,' /tmp/s/config.xml
	timeout 20 syncthing serve --home=/tmp/s --no-browser --no-upgrade"
END

client gobuster /usr/bin/gobuster "gobuster" "" <<'END'
printf 'a\nb\n' > /tmp/words
gobuster dir -q -k -u https://$H/ -w /tmp/words
gobuster dir -q -u http://$H/ -w /tmp/words
END

client ffuf /usr/bin/ffuf "ffuf" "" <<'END'
printf 'a\nb\n' > /tmp/words
ffuf -s -u https://$H/FUZZ -w /tmp/words
ffuf -s -u http://$H/FUZZ -w /tmp/words
END

client hey /usr/bin/hey "hey" "" <<'END'
hey -n 2 -c 1 https://$H/
hey -n 2 -c 1 http://$H/
END

client gh /usr/bin/gh "gh" "" <<'END'
GH_TOKEN=a GH_HOST=$H timeout 8 gh api /
END

client skopeo /usr/bin/skopeo "skopeo" "" <<'END'
timeout 8 skopeo inspect --retry-times 0 docker://$H/a
END

client caddy /usr/bin/caddy "caddy" "" <<'END'
timeout 5 caddy reverse-proxy --from :8002 --to https://$H & sleep 2
curl -s http://127.0.0.1:8002/; wait
END

client hydra /usr/bin/hydra "hydra" "" <<'END'
timeout 10 hydra -l a -p b $X $M ssh
timeout 10 hydra -l a -p b $X -S $M imap
timeout 10 hydra -l a -p b $X $H http-get /
timeout 10 hydra -l a -p b $X $H https-get /
END

client medusa /usr/bin/medusa "medusa" "" <<'END'
timeout 10 medusa -h $M -u a -p b -M ssh
timeout 10 medusa -h $H -u a -p b -M http
END

client dirb /usr/bin/dirb "dirb" "" <<'END'
printf 'a\nb\n' > /tmp/words
dirb https://$H/ /tmp/words -S
dirb http://$H/ /tmp/words -S
END

client slowhttptest /usr/bin/slowhttptest "slowhttptest" "" <<'END'
timeout 5 slowhttptest -c 2 -l 2 -u https://$H/
timeout 5 slowhttptest -c 2 -l 2 -u http://$H/
END

client kdig /usr/bin/kdig "knot-dnsutils" "" <<'END'
kdig +tls @$A $H
kdig +tls-ca=$C +tls-host=$H @$A $H
kdig +https @$H $H
kdig +quic @$A $H
END

client dig /usr/bin/dig "bind9-dnsutils" "" <<'END'
dig +tls @$A $H
dig +https @$A $H
dig +https-get @$A $H
END

client stubby /usr/bin/stubby "stubby" "" <<'END'
printf 'resolution_type: GETDNS_RESOLUTION_STUB\ndns_transport_list:\n  - GETDNS_TRANSPORT_TLS\ntls_authentication: GETDNS_AUTHENTICATION_NONE\nlisten_addresses:\n  - 127.0.0.1@8053\nupstream_recursive_servers:\n  - address_data: %s\n' $A > /tmp/stubby.yml
timeout 8 stubby -C /tmp/stubby.yml & sleep 2
dig +time=2 -p 8053 @127.0.0.1 $H; wait
END

client unbound /usr/sbin/unbound "unbound" "" <<'END'
printf 'server:\n  chroot: ""\n  username: ""\n  directory: "/tmp"\n  pidfile: ""\n  do-daemonize: no\n  port: 8054\n  tls-cert-bundle: %s\n  domain-insecure: "test"\n  local-zone: "test." nodefault\nforward-zone:\n  name: "."\n  forward-tls-upstream: yes\n  forward-addr: %s@853#%s\n' $C $A $H > /tmp/unbound.conf
timeout 8 unbound -c /tmp/unbound.conf & sleep 2
dig +time=2 -p 8054 @127.0.0.1 $H; wait
END

client openconnect /usr/sbin/openconnect "openconnect" "" <<'END'
printf 'a\n' | timeout 8 openconnect --user=a --passwd-on-stdin --non-inter https://$H/
END

client openfortivpn /usr/bin/openfortivpn "openfortivpn" "" <<'END'
timeout 8 openfortivpn $H:443 -u a -p b --trusted-cert 00
END

client xfreerdp /usr/bin/xfreerdp "freerdp2-x11 xvfb xauth" "" <<'END'
timeout 30 xvfb-run -a xfreerdp /v:$M /u:a /p:b /cert:ignore /sec:tls
END

client xfreerdp3 /usr/bin/xfreerdp3 "freerdp3-x11 xvfb xauth" "" <<'END'
timeout 30 xvfb-run -a xfreerdp3 /v:$M /u:a /p:b /cert:ignore /sec:tls
END

client dirmngr /usr/bin/dirmngr "gnupg dirmngr" "" <<'END'
mkdir -p -m 700 /tmp/gnupg && printf 'hkp-cacert %s\n' $C > /tmp/gnupg/dirmngr.conf
GNUPGHOME=/tmp/gnupg timeout 8 gpg --batch --keyserver hkps://$H --recv-keys 0123456789abcdef0123456789abcdef01234567
GNUPGHOME=/tmp/gnupg timeout 8 gpg --batch --keyserver hkp://$H:80 --recv-keys 0123456789abcdef0123456789abcdef01234567
END

client apt /usr/lib/apt/methods/http "apt" "" <<'END'
cd /tmp && mkdir -p lists/partial archives/partial
printf 'deb [trusted=yes] https://%s/debian stable main\ndeb [trusted=yes] http://%s/debian stable main\n' $H $H > lab.list
apt-get -o Dir::Etc::SourceList=/tmp/lab.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=/tmp/lists -o Acquire::Retries=0 -o Acquire::https::CAInfo=$C update
END

client ffmpeg /usr/bin/ffmpeg "ffmpeg" "" <<'END'
ffmpeg -nostdin -i https://$H/a.mp4 -f null -
ffmpeg -nostdin -i http://$H/a.mp4 -f null -
END

client mpv /usr/bin/mpv "mpv" "" <<'END'
timeout 8 mpv --no-config --vo=null --ao=null --ytdl=no https://$H/a.mp4
timeout 8 mpv --no-config --vo=null --ao=null --ytdl=no http://$H/a.mp4
END

client vlc /usr/bin/vlc "vlc-bin vlc-plugin-base" "" <<'END'
useradd -m vlc 2>/dev/null
timeout 10 su vlc -c "cvlc -I dummy https://$H/a.mp4 vlc://quit"
timeout 10 su vlc -c "cvlc -I dummy http://$H/a.mp4 vlc://quit"
END

client gst-launch-1.0 /usr/bin/gst-launch-1.0 "gstreamer1.0-tools gstreamer1.0-plugins-good glib-networking" "" <<'END'
timeout 8 gst-launch-1.0 souphttpsrc location=https://$H/ ! fakesink
timeout 8 gst-launch-1.0 souphttpsrc location=http://$H/ ! fakesink
END

client transmission-cli /usr/bin/transmission-cli "transmission-cli" "" <<'END'
timeout 8 transmission-cli -w /tmp https://$H/a.torrent
END

client baresip /usr/bin/baresip "baresip-core" "" <<'END'
mkdir -p /tmp/baresip && cd /tmp/baresip
printf '<sip:a@%s;transport=tls>;auth_pass=b;regint=60;stunserver=stun:%s:3478;medianat=stun\n' $M $M > accounts
printf 'module_path /usr/lib/baresip/modules\nmodule stdio.so\nmodule_app account.so\nmodule stun.so\nsip_trans_def tls\n' > config
timeout 8 baresip -f /tmp/baresip </dev/null
END

client turnutils_stunclient /usr/bin/turnutils_stunclient "coturn" "" <<'END'
turnutils_stunclient $A
END

client turnutils_uclient /usr/bin/turnutils_uclient "coturn" "" <<'END'
timeout 8 turnutils_uclient -u a -w b -y $A
END

client stun /usr/bin/stun "stun-client" "" <<'END'
timeout 10 stun $A 1
END

client chronyd /usr/sbin/chronyd "chrony" "" <<'END'
timeout 10 chronyd -Q -t 8 "server $H iburst nts" "ntstrustedcerts $C"
END

client check_http /usr/lib/nagios/plugins/check_http "monitoring-plugins-basic" "" <<'END'
/usr/lib/nagios/plugins/check_http -H $H -S --sni
/usr/lib/nagios/plugins/check_http -H $H
END

client cadaver /usr/bin/cadaver "cadaver" "" <<'END'
printf 'y\nquit\n' | timeout 8 cadaver https://$H/
printf 'quit\n' | timeout 8 cadaver http://$H/
END

client newsboat /usr/bin/newsboat "newsboat" "" <<'END'
printf 'https://%s/a.xml\nhttp://%s/b.xml\n' $H $H > /tmp/urls
HOME=/tmp TERM=xterm timeout 10 newsboat -u /tmp/urls -c /tmp/newsboat.db -x reload
END

client s-nail /usr/bin/s-nail "s-nail" "" <<'END'
printf 'a\n' | timeout 8 s-nail -n -S v15-compat -S mta=smtps://a:b@$M -S from=a@lab.test -s a b@lab.test
END

client nullmailer /usr/lib/nullmailer/smtp "nullmailer" "" <<'END'
printf 'From: a@lab.test\n\na\n' > /tmp/message
timeout 8 /usr/lib/nullmailer/smtp --ssl --port=465 $M 3< /tmp/message
timeout 8 /usr/lib/nullmailer/smtp -p 465 --ssl --host=$M 3< /tmp/message
END

client gtlsclient /usr/bin/gtlsclient "ngtcp2-client" "" <<'END'
timeout 6 gtlsclient --exit-on-all-streams-close $H 443 https://$H/
END

client botan /usr/bin/botan "botan" "" <<'END'
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 6 botan tls_client $H --port=443 --trusted-cas=$C
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 6 botan tls_client $H --port=443 --skip-system-cert-store
timeout 6 botan tls_http_server --help
END

client tstclnt /usr/bin/tstclnt "libnss3-tools" "" <<'END'
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 6 tstclnt -h $H -p 443 -o -O
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 6 tstclnt -h $H -p 443 -o -D
END

client "mbedtls program" $LAB/mbedtls-client "gcc libc6-dev libmbedtls-dev" "libmbedtls-dev" <<'END'
[ -x $LAB/mbedtls-client ] || { cat > /tmp/m.c <<'C'
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ctr_drbg.h>
#include <psa/crypto.h>
#include <stdio.h>
int main(int n, char **v) {
  mbedtls_net_context net; mbedtls_entropy_context e; mbedtls_ctr_drbg_context d; mbedtls_ssl_context s; mbedtls_ssl_config c;
  psa_crypto_init();
  mbedtls_net_init(&net); mbedtls_ssl_init(&s); mbedtls_ssl_config_init(&c); mbedtls_entropy_init(&e); mbedtls_ctr_drbg_init(&d);
  mbedtls_ctr_drbg_seed(&d, mbedtls_entropy_func, &e, 0, 0);
  mbedtls_net_connect(&net, v[1], v[2], MBEDTLS_NET_PROTO_TCP);
  mbedtls_ssl_config_defaults(&c, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  mbedtls_ssl_conf_authmode(&c, MBEDTLS_SSL_VERIFY_NONE); mbedtls_ssl_conf_rng(&c, mbedtls_ctr_drbg_random, &d);
  mbedtls_ssl_setup(&s, &c); mbedtls_ssl_set_hostname(&s, v[1]); mbedtls_ssl_set_bio(&s, &net, mbedtls_net_send, mbedtls_net_recv, 0);
  printf("%d\n", mbedtls_ssl_handshake(&s)); return 0; }
C
	gcc -o $LAB/mbedtls-client /tmp/m.c -lmbedtls -lmbedx509 -lmbedcrypto; }
timeout 6 $LAB/mbedtls-client $H 443
END

client "wolfssl program" $LAB/wolfssl-client "gcc libc6-dev libwolfssl-dev" "libwolfssl-dev" <<'END'
[ -x $LAB/wolfssl-client ] || { cat > /tmp/w.c <<'C'
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
int main(int n, char **v) {
  struct addrinfo *a, h; memset(&h, 0, sizeof h); h.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(v[1], v[2], &h, &a)) return 1;
  int fd = socket(a->ai_family, SOCK_STREAM, 0); connect(fd, a->ai_addr, a->ai_addrlen);
  wolfSSL_Init(); WOLFSSL_CTX *c = wolfSSL_CTX_new(wolfSSLv23_client_method()); wolfSSL_CTX_set_verify(c, WOLFSSL_VERIFY_NONE, 0);
  WOLFSSL *s = wolfSSL_new(c); wolfSSL_UseSNI(s, WOLFSSL_SNI_HOST_NAME, v[1], strlen(v[1])); wolfSSL_set_fd(s, fd);
  printf("%d\n", wolfSSL_connect(s)); return 0; }
C
	gcc -o $LAB/wolfssl-client /tmp/w.c -lwolfssl; }
timeout 6 $LAB/wolfssl-client $H 443
END

client ssh /usr/bin/ssh "openssh-client" "" <<'END'
ssh -o BatchMode=yes -o StrictHostKeyChecking=no a@$M true
ssh -C -o BatchMode=yes -o StrictHostKeyChecking=no a@$M true
ssh -T a@$M true </dev/null
END

client ssh-keyscan /usr/bin/ssh-keyscan "openssh-client" "" <<'END'
ssh-keyscan -T 3 $M
END

client dbclient /usr/bin/dbclient "dropbear-bin" "" <<'END'
DROPBEAR_PASSWORD=b dbclient -y -y a@$M true
END

client plink /usr/bin/plink "putty-tools" "" <<'END'
printf 'y\n' | timeout 6 plink -ssh -pw b a@$M true
END

client psftp /usr/bin/psftp "putty-tools" "" <<'END'
printf 'y\nquit\n' | timeout 6 psftp -pw b a@$M
END

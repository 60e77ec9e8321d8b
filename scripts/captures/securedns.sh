# DNS over TLS (RFC 7858) and over HTTPS (RFC 8484), of a resolver whose
# certificate has expired.
. "$root/scripts/captures/certificates.bash"
make_certificates

openssl ecparam -name prime256v1 -genkey -noout -out "$LAB/old.key"
openssl req -new -key "$LAB/old.key" -subj "/CN=dns.example.com" -out "$LAB/old.csr"
: >"$LAB/index.txt"
mkdir -p "$LAB/issued"
cat >"$LAB/ca.cnf" <<-CNF
	[ca]
	default_ca = test
	[test]
	database = $LAB/index.txt
	new_certs_dir = $LAB/issued
	rand_serial = yes
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
CNF
openssl ca -batch -config "$LAB/ca.cnf" -cert "$LAB/ca.pem" -keyfile "$LAB/ca.key" -in "$LAB/old.csr" -out "$LAB/old.pem" -notext \
	-startdate "$(date -u -d '400 days ago' +%y%m%d%H%M%SZ)" -enddate "$(date -u -d '35 days ago' +%y%m%d%H%M%SZ)"

for port in 853 443; do
	background server openssl s_server -quiet -accept $port -cert "$LAB/old.pem" -key "$LAB/old.key" -alpn dot,h2
	wait_port server $port
done

record 'tcp port 853 or tcp port 443'
for version in -tls1_2 -tls1_3; do
	echo | try timeout 2 openssl s_client -connect 192.0.2.2:853 -quiet -no_ign_eof $version -alpn dot -servername dns.example.com
done
try curl -sk --max-time 2 --resolve dns.google:443:192.0.2.2 --doh-insecure --doh-url https://dns.google/dns-query http://www.example.com/
save securedns 3

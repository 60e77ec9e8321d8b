# Certificates for the scenes: keys of all kinds, and every extension that
# OpenSSL can write.

make_certificates() {
	cat >"$LAB/openssl.cnf" <<-CONF
		[req]
		distinguished_name = name
		utf8 = yes
		string_mask = utf8only
		[name]
		[ca]
		basicConstraints = critical, CA:TRUE, pathlen:1
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid, issuer
		nameConstraints = critical, permitted;DNS:example.com, permitted;IP:192.0.2.0/255.255.255.0, excluded;email:.example.net
		[rsa]
		basicConstraints = CA:FALSE
		keyUsage = critical, digitalSignature, keyEncipherment
		extendedKeyUsage = serverAuth, clientAuth, 1.3.6.1.4.1.32473.1
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid, issuer
		subjectAltName = @alternatives
		issuerAltName = DNS:ca.example.com
		certificatePolicies = 2.23.140.1.2.2, @policy
		crlDistributionPoints = crl
		authorityInfoAccess = OCSP;URI:http://ocsp.example.com/, caIssuers;URI:http://ca.example.com/ca.der
		tlsfeature = status_request
		nsComment = "made for a capture"
		1.3.6.1.4.1.32473.2 = ASN1:UTF8String:unknown extension
		[alternatives]
		DNS.1 = www.example.com
		DNS.2 = *.example.com
		IP.1 = 192.0.2.2
		IP.2 = 2001:db8::2
		email.1 = admin@example.com
		URI.1 = https://www.example.com/
		RID.1 = 1.3.6.1.4.1.32473.3
		dirName.1 = directory
		otherName.1 = 1.3.6.1.4.1.32473.4;UTF8:other
		[directory]
		C = NL
		CN = directory name
		[policy]
		policyIdentifier = 1.3.6.1.4.1.32473.5
		CPS.1 = "https://www.example.com/cps"
		userNotice.1 = @notice
		[notice]
		explicitText = "UTF8:an explicit text"
		organization = "Example"
		noticeNumbers = 1, 2
		[crl]
		fullname = URI:http://crl.example.com/1.crl
		CRLissuer = dirName:directory
		reasons = keyCompromise, CACompromise
		[plain]
		subjectAltName = DNS:other.example.com
	CONF
	certificate_key ca rsa:2048
	openssl req -x509 -new -config "$LAB/openssl.cnf" -key "$LAB/ca.key" -extensions ca -days 3650 -sha256 \
		-subj '/C=NL/O=Example/CN=Example CA' -out "$LAB/ca.pem"
	certificate rsa rsa:2048 rsa sha256 '/C=NL/ST=Utrecht/L=Utrecht/O=Exämple/OU=Web/CN=www.example.com/emailAddress=admin@example.com/serialNumber=1'
	certificate ecdsa ec:P-384 plain sha384 '/CN=other.example.com'
	certificate ed25519 ed25519 plain sha256 '/DC=com/DC=example/CN=other.example.com/UID=7'
	certificate client ec:P-256 plain sha512 '/O=Example/GN=Alice/SN=Liddell/title=Dr/CN=alice'
}

certificate_key() {
	local options
	case $2 in
	rsa:*) options="-algorithm RSA -pkeyopt rsa_keygen_bits:${2#rsa:}" ;;
	ec:*) options="-algorithm EC -pkeyopt ec_paramgen_curve:${2#ec:}" ;;
	*) options="-algorithm $2" ;;
	esac
	openssl genpkey -quiet $options -out "$LAB/$1.key"
}

# certificate NAME KEY EXTENSIONS HASH SUBJECT makes a key and a certificate.
certificate() {
	certificate_key "$1" "$2"
	openssl req -new -config "$LAB/openssl.cnf" -key "$LAB/$1.key" -subj "$5" -out "$LAB/$1.csr"
	openssl x509 -req -in "$LAB/$1.csr" -CA "$LAB/ca.pem" -CAkey "$LAB/ca.key" -CAcreateserial -days 90 "-$4" \
		-extfile "$LAB/openssl.cnf" -extensions "$3" -out "$LAB/$1.pem"
}

# Kerberos, over UDP and TCP.
cat >"$LAB/krb5.conf" <<-CONF
	[libdefaults]
	default_realm = EXAMPLE.COM
	dns_lookup_kdc = false
	rdns = false
	[realms]
	EXAMPLE.COM = {
	  kdc = 192.0.2.2
	}
	[domain_realm]
	.example.com = EXAMPLE.COM
CONF
cat >"$LAB/kdc.conf" <<-CONF
	[kdcdefaults]
	kdc_listen = 192.0.2.2:88
	kdc_tcp_listen = 192.0.2.2:88
	[realms]
	EXAMPLE.COM = {
	  database_name = $LAB/principal
	  key_stash_file = $LAB/stash
	  acl_file = $LAB/acl
	}
	[logging]
	kdc = STDERR
CONF
export KRB5_CONFIG=$LAB/krb5.conf KRB5_KDC_PROFILE=$LAB/kdc.conf KRB5CCNAME=FILE:$LAB/tickets
kdb5_util create -s -P master -r EXAMPLE.COM
kadmin.local -q 'addprinc -pw wonderland +requires_preauth alice'
kadmin.local -q 'addprinc -pw wonderland bob'
kadmin.local -q 'addprinc -randkey host/www.example.com'
background server krb5kdc -n
wait_port server 88
wait_port server 88 udp
record port 88
try kinit alice <<<wonderland
try kvno host/www.example.com
try kvno http/missing.example.com
try kinit -l 1h -f bob@EXAMPLE.COM <<<wonderland
try kinit alice <<<wrong
try kinit nobody <<<wonderland
sed -i '/default_realm/a udp_preference_limit = 1' "$LAB/krb5.conf"
try kinit alice <<<wonderland
try kvno host/www.example.com
save kerberos

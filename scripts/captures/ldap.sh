# LDAP.
mkdir -p "$LAB/ldap"
cat >"$LAB/slapd.conf" <<-CONF
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/inetorgperson.schema
	modulepath /usr/lib/ldap
	moduleload back_mdb
	pidfile $LAB/slapd.pid
	database mdb
	suffix "dc=example,dc=com"
	rootdn "cn=admin,dc=example,dc=com"
	rootpw wonderland
	directory $LAB/ldap
CONF
background server slapd -d 0 -f "$LAB/slapd.conf" -h ldap://192.0.2.2/
wait_port server 389
record tcp port 389
login=(-x -H ldap://192.0.2.2 -D cn=admin,dc=example,dc=com -w wonderland)
try ldapadd "${login[@]}" <<'LDIF'
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=alice,dc=example,dc=com
objectClass: inetOrgPerson
cn: alice
sn: Liddell
mail: alice@example.com
LDIF
try ldapsearch "${login[@]}" -b dc=example,dc=com '(&(objectClass=person)(|(cn=al*ce)(!(sn>=M)))(mail:caseExactMatch:=x))' cn mail
try ldapsearch -x -H ldap://192.0.2.2 -b '' -s base '(objectClass=*)' '*' +
try ldapsearch -Q -Y PLAIN -U alice -w wonderland -H ldap://192.0.2.2 -b dc=example,dc=com
try ldapsearch -x -ZZ -H ldap://192.0.2.2 -b dc=example,dc=com
try ldapcompare "${login[@]}" cn=alice,dc=example,dc=com cn:alice
try ldapmodrdn "${login[@]}" -r cn=alice,dc=example,dc=com cn=alicia
try ldappasswd "${login[@]}" -s newpass cn=alicia,dc=example,dc=com
try ldapwhoami "${login[@]}"
try ldapdelete "${login[@]}" cn=alicia,dc=example,dc=com
try ldapsearch -x -H ldap://192.0.2.2 -D cn=nobody,dc=example,dc=com -w wrong -b dc=example,dc=com
save ldap 12

# SNMP, versions 1, 2c and 3, and traps.
mkdir -p "$LAB/snmp"
cat >"$LAB/snmp/snmpd.conf" <<-CONF
	agentAddress udp:192.0.2.2:161
	rocommunity public
	rwcommunity private
	sysDescr example
	sysObjectID 1.3.6.1.4.1.32473.1
	sysLocation Example
	sysContact admin@example.com
	createUser alice SHA wonderland1 AES lookingglass1
	rwuser alice authPriv
	rouser alice noauth
CONF
export SNMP_PERSISTENT_DIR=$LAB/snmp SNMPCONFPATH=$LAB/snmp MIBS=
background server snmpd -f -Le -C -c "$LAB/snmp/snmpd.conf" -p "$LAB/snmpd.pid"
wait_port server 161 udp
background server snmptrapd -f -Le -C --disableAuthorization=yes udp:192.0.2.2:162
wait_port server 162 udp
record udp port 161 or udp port 162
name=1.3.6.1.2.1.1.5.0
get() { try "$1" -t 1 -r 0 "${@:2}"; }
get snmpget -v 1 -c public 192.0.2.2 $name 1.3.6.1.2.1.1.3.0
get snmpget -v 1 -c public 192.0.2.2 1.3.6.1.2.1.99.0
get snmpget -v 2c -c public 192.0.2.2 $name 1.3.6.1.2.1.99.0
get snmpgetnext -v 2c -c public 192.0.2.2 1.3.6.1.2.1.1
get snmpbulkget -v 2c -c public -Cn1 -Cr5 192.0.2.2 1.3.6.1.2.1.1 1.3.6.1.2.1.2.2.1
get snmpset -v 2c -c private 192.0.2.2 $name s renamed 
get snmpget -v 2c -c wrong 192.0.2.2 $name
get snmpget -v 3 -l authPriv -u alice -a SHA -A wonderland1 -x AES -X lookingglass1 192.0.2.2 $name
get snmpget -v 3 -l authNoPriv -u alice -a SHA -A wonderland1 192.0.2.2 $name
get snmpget -v 3 -l noAuthNoPriv -u alice -n context 192.0.2.2 $name
get snmptrap -v 1 -c public 192.0.2.2 1.3.6.1.4.1.32473 192.0.2.1 6 17 '' 1.3.6.1.4.1.32473.1 i 42
get snmptrap -v 2c -c public 192.0.2.2 '' 1.3.6.1.6.3.1.1.5.3 1.3.6.1.2.1.2.2.1.1 u 1 1.3.6.1.4.1.32473.2 a 192.0.2.9 1.3.6.1.4.1.32473.3 o 1.3.6.1 1.3.6.1.4.1.32473.4 x 00ff
get snmpinform -v 2c -c public 192.0.2.2 '' 1.3.6.1.6.3.1.1.5.4
printf '\060\005\002\001\001\004\377' | try nc -u -w 1 192.0.2.2 161
save snmp

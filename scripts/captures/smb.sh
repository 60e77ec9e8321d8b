# SMB 1 to 3, and NetBIOS: session service, datagram service, name service.
mkdir -p "$LAB/share" /run/samba
echo content >"$LAB/share/file.txt"
cat >"$LAB/smb.conf" <<-CONF
	[global]
	workgroup = EXAMPLE
	netbios name = SERVER
	server string = example
	interfaces = 192.0.2.2/24 eth0
	bind interfaces only = yes
	server min protocol = NT1
	client min protocol = NT1
	ntlm auth = ntlmv1-permitted
	lanman auth = yes
	map to guest = Bad User
	wins support = yes
	local master = yes
	preferred master = yes
	os level = 99
	pid directory = $LAB
	lock directory = $LAB/locks
	state directory = $LAB/locks
	cache directory = $LAB/locks
	private dir = $LAB/locks
	ncalrpc dir = $LAB/locks/ncalrpc
	log file = $LAB/samba.log
	load printers = no
	disable spoolss = yes
	[share]
	path = $LAB/share
	guest ok = yes
	read only = no
CONF
mkdir -p "$LAB/locks"
printf 'wonderland\nwonderland\n' | smbpasswd -c "$LAB/smb.conf" -s -a root
record 'udp port 137 or udp port 138 or tcp port 139 or tcp port 445'
background server nmbd -F --no-process-group -s "$LAB/smb.conf"
background server smbd -F --no-process-group -s "$LAB/smb.conf"
wait_port server 445
wait_port server 139
sleep 3
share() { try smbclient -s "$LAB/smb.conf" "//server/share" -I 192.0.2.2 "$@"; }
share -m NT1 -N -c 'ls; get file.txt /dev/null'
share -m NT1 -p 139 -U root%wonderland -c 'ls'
share -m SMB2 -U root%wonderland -c 'ls; get file.txt /dev/null'
share -m SMB3 -U root%wonderland -c 'put /etc/hostname new.txt; del new.txt'
share -m SMB3 -p 139 -U root%wrong -c ls
try smbclient -s "$LAB/smb.conf" -m SMB3 --client-protection=encrypt -I 192.0.2.2 //server/share -U root%wonderland -c 'ls'
try nmblookup -s "$LAB/smb.conf" -B 192.0.2.255 server
try nmblookup -s "$LAB/smb.conf" -B 192.0.2.255 missing
try nmblookup -s "$LAB/smb.conf" -A 192.0.2.2
try nmblookup -s "$LAB/smb.conf" -M -- -
try nmblookup -s "$LAB/smb.conf" -U 192.0.2.2 -R 'EXAMPLE#1b'
sleep 8
save smb 10

# SSH: clients and algorithms, in both address families.
ssh-keygen -q -t ed25519 -N '' -f "$LAB/ssh_ed25519"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$LAB/ssh_rsa"
ssh-keygen -q -t ecdsa -N '' -f "$LAB/ssh_ecdsa"
cp "$LAB/ssh_ed25519.pub" "$LAB/authorized"
cat >"$LAB/sshd_config" <<-CONF
	Port 22
	HostKey $LAB/ssh_ed25519
	HostKey $LAB/ssh_rsa
	HostKey $LAB/ssh_ecdsa
	AuthorizedKeysFile $LAB/authorized
	StrictModes no
	UsePAM no
	PidFile none
CONF
background server /usr/sbin/sshd -D -f "$LAB/sshd_config"
wait_port server 22
record tcp port 22
shell() {
	try ssh -F none -i "$LAB/ssh_ed25519" -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null "$@" true
}
shell www.example.com
shell www6.example.com
shell -o KexAlgorithms=diffie-hellman-group14-sha256 -o Ciphers=aes128-ctr -o MACs=hmac-sha2-256 -C www.example.com
shell -o HostKeyAlgorithms=+ssh-rsa -o KexAlgorithms=+diffie-hellman-group1-sha1 -o Ciphers=+3des-cbc www.example.com
try ssh-keyscan -t rsa 192.0.2.2
printf 'SSH-1.99-old client with a comment\r\n' | try nc -N 192.0.2.2 22
try nmap -n -Pn -p 22 --script ssh2-enum-algos 192.0.2.2
# A cable so short that KEXINIT takes several segments.
ip -n client link set eth0 mtu 576
ip -n server link set eth0 mtu 576
shell 192.0.2.2
save ssh 12

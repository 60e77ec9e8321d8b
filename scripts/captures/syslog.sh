# Syslog, in the forms of BSD and of RFC 5424, and TFTP.
background server socat -u UDP-RECV:514 /dev/null
mkdir -p "$LAB/tftp"
chmod 777 "$LAB/tftp"
head -c 1300 /dev/zero >"$LAB/tftp/boot.img"
background server in.tftpd -L -c -s -u root -a 192.0.2.2:69 "$LAB/tftp"
wait_port server 514 udp
wait_port server 69 udp
record udp
log() { try logger -n 192.0.2.2 -P 514 -d "$@"; }
log --rfc3164 -p auth.err -t sshd -i 'a message in the old form'
log --rfc5424 -p local7.debug -t app --msgid ID47 --sd-id example@32473 --sd-param 'name="value"' --sd-param 'other="\"quoted\""' 'a structured message'
log --rfc5424=notime,notq,nohost -p kern.emerg -t app 'without time or host'
try nc -u -w 1 192.0.2.2 514 <<<'<34>Oct 11 22:14:15 mymachine su: a message by hand'
try nc -u -w 1 192.0.2.2 514 <<<'<999>no priority'
printf '\357\273\277no header, ümläuts and a \377 byte' | try nc -u -w 1 192.0.2.2 514
save syslog
record udp
try tftp 192.0.2.2 -m binary -c get boot.img /dev/null
try tftp 192.0.2.2 -m ascii -c get missing.img /dev/null
try tftp 192.0.2.2 -m binary -c put /etc/hostname new.txt
try curl -sS -o /dev/null --tftp-blksize 1024 tftp://192.0.2.2/boot.img
save tftp

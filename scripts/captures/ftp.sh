# FTP: sessions of curl and the plain client, and a refused one.
mkdir -p "$LAB/ftp/pub" "$LAB/empty"
echo content >"$LAB/ftp/pub/file.txt"
cat >"$LAB/vsftpd.conf" <<-CONF
	listen=YES
	background=NO
	anonymous_enable=YES
	anon_root=$LAB/ftp
	no_anon_password=YES
	secure_chroot_dir=$LAB/empty
	ftpd_banner=example server
	seccomp_sandbox=NO
	isolate=NO
	isolate_network=NO
	ftp_username=ftp
	local_enable=YES
	pam_service_name=other
CONF
background server vsftpd "$LAB/vsftpd.conf"
wait_port server 21
record tcp port 21
try curl -sS ftp://192.0.2.2/pub/
try curl -sS ftp://192.0.2.2/pub/file.txt
try curl -sS -P - ftp://192.0.2.2/missing.txt
try curl -sS -u alice:wrong ftp://192.0.2.2/
try curl -sS -u alice:wonderland --ftp-account acct --ssl ftp://192.0.2.2/
printf 'user anonymous alice@example.com\nsystem\nstatus\npwd\nbinary\ncd pub\nsize file.txt\nhelp\nquote FEAT\nquote SITE HELP\nquit\n' |
	try ftp -n -v 192.0.2.2
save ftp 20

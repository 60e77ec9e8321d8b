# MySQL: greetings and logins of MariaDB.
. "$root/scripts/captures/certificates.bash"
make_certificates
mkdir -p "$LAB/mysql" /run/mysqld
mariadb-install-db --no-defaults --user=root --datadir="$LAB/mysql" --auth-root-authentication-method=normal --skip-test-db
background server mariadbd --no-defaults --user=root --datadir="$LAB/mysql" --bind-address=192.0.2.2 --socket="$LAB/mysql.sock" \
	--pid-file="$LAB/mysql.pid" --ssl-cert="$LAB/rsa.pem" --ssl-key="$LAB/rsa.key" --innodb-buffer-pool-size=8M
wait_port server 3306
server mariadb --no-defaults -u root --socket="$LAB/mysql.sock" -e "CREATE DATABASE things; CREATE USER alice@'%' IDENTIFIED BY 'wonderland'; GRANT ALL ON things.* TO alice@'%'"
record tcp port 3306
sql() { try mariadb --no-defaults -h 192.0.2.2 "$@"; }
sql -u alice -pwonderland things -e 'SELECT 1'
sql -u alice -pwrong -e 'SELECT 1'
sql -u alice -pwonderland --skip-ssl --compress --default-character-set=latin1 -e 'SELECT VERSION()'
sql -u alice -pwonderland --ssl --ssl-ca="$LAB/ca.pem" things -e 'SELECT 1'
sql -u nobody things
try nmap -n -Pn -p 3306 --script mysql-info 192.0.2.2
save mysql 4

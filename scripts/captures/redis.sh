# Redis.
background server redis-server --bind 192.0.2.2 --port 6379 --protected-mode no --requirepass wonderland --save '' --dir "$LAB"
wait_port server 6379
record tcp port 6379
redis() { try redis-cli -h 192.0.2.2 --no-auth-warning "$@"; }
redis ping
redis -a wonderland ping
redis --user default --pass wonderland set key 'a value'
redis -3 -a wonderland get key
redis -a wonderland <<'COMMANDS'
incr n
lpush list a b c
lrange list 0 -1
hset hash field "with \"quotes\""
get missing
nonsense
config get maxmemory
COMMANDS
printf 'PING\r\n' | try nc -N 192.0.2.2 6379
printf 'AUTH wonderland\r\nINFO clients\r\n' | try nc -N 192.0.2.2 6379
save redis

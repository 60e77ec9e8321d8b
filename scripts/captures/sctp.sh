# SCTP associations that nobody answers: what nmap sends.
record proto 132
try nmap -n -Pn -sY -p 36412,80 192.0.2.2
try nmap -n -Pn -sZ -p 80 192.0.2.2
save sctp

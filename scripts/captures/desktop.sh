# Remote desktops: RDP and RFB (VNC).
background server Xvfb :7 -screen 0 320x200x8 -nolisten tcp
background server /usr/bin/python3 - <<'PY'
# Answers the first connection requests as an RDP server that wants TLS (MS-RDPBCGR 2.2.1.2).
import socket
s = socket.create_server(("192.0.2.2", 3389))
for _ in range(4):
    c, _ = s.accept()
    c.recv(1000)
    c.sendall(bytes.fromhex("030000130ed00000123400021f080001000000"))
    c.settimeout(1)
    try:
        c.recv(1000)
    except OSError:
        pass
    c.close()
PY
sleep 2
background server x11vnc -display :7 -listen 192.0.2.2 -rfbport 5900 -forever -shared -nopw -q -no6 -noipv6
wait_port server 5900
wait_port server 3389
record tcp port 5900 or tcp port 3389
export DISPLAY=:7
try timeout 3 rdesktop -u alice 192.0.2.2
try nmap -n -Pn -p 3389 --script rdp-ntlm-info 192.0.2.2
try nmap -n -Pn -p 5900 -sV --script vnc-info 192.0.2.2
printf 'RFB 003.003\n' | try nc -N 192.0.2.2 5900
save desktop 6

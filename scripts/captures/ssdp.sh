# SSDP: searches, answers and announcements.
record udp port 1900
background server /usr/bin/python3 - <<'PY'
import socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 1900))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.255.255.250") + socket.inet_aton("192.0.2.2"))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.2"))
about = "SERVER: Debian/12 UPnP/1.1 example/1.0\r\nLOCATION: http://192.0.2.2:8080/device.xml\r\nCACHE-CONTROL: max-age=1800\r\n"
for nts in "ssdp:alive", "ssdp:byebye":
    s.sendto(("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: %s\r\nUSN: uuid:0::upnp:rootdevice\r\n%s\r\n" % (nts, about)).encode(), ("239.255.255.250", 1900))
while True:
    data, peer = s.recvfrom(2000)
    if data.startswith(b"M-SEARCH"):
        s.sendto(("HTTP/1.1 200 OK\r\nEXT:\r\nST: upnp:rootdevice\r\nUSN: uuid:0::upnp:rootdevice\r\n%s\r\n" % about).encode(), peer)
PY
sleep 1
try timeout 4 gssdp-discover -i eth0 -n 2 --target=upnp:rootdevice
try nmap -n -Pn -sU -p 1900 --script upnp-info 192.0.2.2
save ssdp

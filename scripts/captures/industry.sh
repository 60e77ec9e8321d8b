# Industrial control, by hand: IEC 60870-5-104 and DNP3.
cat >"$LAB/industry.py" <<'PY'
import socket, sys, threading, time

def dnp3(control, to, sender, data):
    """A link frame (IEEE 1815, clause 9)."""
    def check(b):
        crc = 0
        for byte in b:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xa6bc if crc & 1 else 0)
        return b + (crc ^ 0xffff).to_bytes(2, "little")
    frame = check(bytes([5, 0x64, 5 + len(data), control]) + to.to_bytes(2, "little") + sender.to_bytes(2, "little"))
    for i in range(0, len(data), 16):
        frame += check(data[i:i + 16])
    return frame

x = bytes.fromhex
talks = {
    2404: [  # start, interrogation, acknowledgement, two messages in one segment, a single command
        (x("680407000000"), x("68040b000000")),
        (x("680e0000000064010600010000000014"), x("680e0000020064010700010000000014")),
        (x("680401000400"), x("68120200020001830300010001000001020300")),
        (x("680443000000"), x("680483000000")),
        (x("680e0200020064010600010000000014680e020002002d01060001000500000180"), b""),
    ],
    20000: [  # link status, class data, events, a control, a broken frame
        (dnp3(0xc9, 2, 1, b""), dnp3(0x0b, 1, 2, b"")),
        (dnp3(0xc4, 2, 1, x("c0c0013c0206")), dnp3(0x44, 1, 2, x("c0c0818000"))),
        (dnp3(0xc4, 2, 1, x("c1c1013c02063c03063c04063c0106010006")), dnp3(0x44, 1, 2, x("c1e18110000201280100000081c0a8f17d60010101000101"))),
        (dnp3(0xc4, 2, 1, x("c2c2050c012801000000030164000000640000000000")), dnp3(0x44, 1, 2, x("c2c28100000c0128010000000301640000006400000000ff"))),
        (dnp3(0xc4, 2, 1, x("c3c3")), b""),
    ],
}

def serve(port):
    with socket.create_server(("192.0.2.2", port)) as s, s.accept()[0] as c:
        for _, answer in talks[port]:
            c.recv(1000)
            c.sendall(answer)
        c.recv(1000)

if sys.argv[1] == "server":
    for port in talks:
        threading.Thread(target=serve, args=[port]).start()
else:
    for port in talks:
        with socket.create_connection(("192.0.2.2", port)) as c:
            for question, answer in talks[port]:
                c.sendall(question)
                if answer:
                    c.recv(1000)
                else:
                    time.sleep(0.2)
PY
background server /usr/bin/python3 "$LAB/industry.py" server
wait_port server 2404
wait_port server 20000
record tcp port 2404 or tcp port 20000
try /usr/bin/python3 "$LAB/industry.py" client
save industry

"""Tests of the package. MERCURY_LIBMERC names the library, and CAPTURES the folder
with the toolkit's captures."""

import importlib.util
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from base64 import b64encode
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import mercury
from mercury import __main__ as command
from mercury import stream
from mercury.stream import columns, uniform

CAPTURES = os.environ["CAPTURES"]


def capture(name):
    return os.path.join(CAPTURES, name)


def frames(name):
    """The frames of a pcap capture and their times."""
    with open(capture(name), "rb") as f:
        f.read(24)
        while header := f.read(16):
            seconds, micros, length, _ = struct.unpack("<IIII", header)
            yield f.read(length), seconds + micros / 1e6


class TestMercury(unittest.TestCase):
    def setUp(self):
        self.m = mercury.Mercury(do_analysis=True)
        self.addCleanup(self.m.mercury_finalize)

    def test_records_are_those_of_the_capture(self):
        got = [r for data, ts in frames("tls13.pcap") if (r := self.m.get_mercury_json(data, ts))]
        want = list(mercury.records(capture("tls13.pcap")))
        for record in got + want:
            record.pop("event_start")  # the time has been a float
        self.assertEqual(got, want)
        self.assertTrue(any(r.get("analysis", {}).get("process") == "openssl" for r in got))

    def test_analyze_packet(self):
        for data, ts in frames("tls13.pcap"):
            record = mercury.Mercury().get_mercury_json(data, ts)
            if record and "tls" in record.get("fingerprints", {}):
                break
        result = self.m.analyze_packet(data)
        self.assertEqual(result["tls"]["client"]["server_name"], "www.example.com")
        self.assertEqual(result["fingerprint_info"]["status"], "labeled")
        self.assertEqual(result["fingerprint_info"]["type"], "tls")
        self.assertEqual(result["fingerprint_info"], self.m.get_fingerprint(data))
        again = self.m.perform_analysis(result["fingerprint_info"]["str_repr"], "www.example.com", record["dst_ip"], record["dst_port"])
        for key in ("process", "score", "malware", "p_malware"):
            self.assertAlmostEqual(again["analysis"][key], result["analysis"][key]) if key != "process" else self.assertEqual(
                again["analysis"][key], result["analysis"][key]
            )
        co = self.m.get_correlation_object(data, ts)
        self.assertEqual(co["tls_server_name"], "www.example.com")
        self.assertEqual(len(co["tls_random"]), 64)
        self.assertIsNone(self.m.analyze_packet(b"\0" * 60))
        self.assertIsNone(self.m.get_fingerprint(b""))
        self.assertIsNone(self.m.get_mercury_json(b"\x01" * 100))

    def test_features(self):
        labeled = (r for r in mercury.records(capture("tls13.pcap")) if r.get("analysis", {}).get("score") and "status" not in r["analysis"])
        fp = next(r["fingerprints"]["tls"] for r in labeled)
        detail = self.m.perform_detailed_analysis_with_user_agent(fp, "www.example.com", "192.0.2.2", 80, "curl/8.0")
        processes = detail["analysis"]["process_details"]
        self.assertAlmostEqual(sum(p["score"] for p in processes), 1)
        best = self.m.perform_analysis_with_user_agent(fp, "www.example.com", "192.0.2.2", 80, "curl/8.0")
        self.assertEqual(set(detail["analysis"]) - {"attributes"}, {"malware", "p_malware", "process_details"})
        other = self.m.perform_analysis_with_weights(fp, "www.example.com", "192.0.2.2", 80, "curl/8.0", 1, 1, 1, 1, 1, 1)
        self.assertEqual(best["analysis"]["process"], other["analysis"]["process"])
        with self.assertRaises(mercury.Error):
            self.m.perform_analysis_with_weights(fp, "", "", 80, "", -1, 0, 0, 0, 0, 0)
        unknown = "tls/1/(0303)(abcdef01)[(0000)]"
        self.assertEqual(self.m.perform_analysis(unknown, "", "", 443)["fingerprint_info"]["status"], "randomized")
        again = self.m.perform_analysis(unknown, "", "", 443)
        self.assertEqual(again["fingerprint_info"]["status"], "unlabled")
        self.assertIn("faketls", [a["name"] for a in again["analysis"]["attributes"]])

    def test_without_analysis(self):
        with mercury.Mercury() as m, redirect_stdout(io.StringIO()):
            self.assertIsNone(m.perform_analysis("tls/(0303)(1301)()", "", "", 1))
            self.assertIsNone(m.resource_version())
        self.assertEqual(m.mercury_finalize(), -1)
        self.assertIn("full", self.m.resource_version())

    def test_bad_resources(self):
        with redirect_stdout(io.StringIO()) as out:
            self.assertIsNone(mercury.Mercury(do_analysis=True, resources=b"/nonexistent")._mc)
        self.assertIn("mercury_init() failed", out.getvalue())


class TestFingerprint(unittest.TestCase):
    def test_client_hello_without_packet(self):
        # As crypto/tls and OpenSSL hand it out: a handshake message.
        body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + b"\0\x09\0\x2b\0\x05\x04\x03\x04\x03\x03"
        hello = b"\x01" + len(body).to_bytes(3, "big") + body
        want = "tls/(0303)(1301)((002b00050403040303))"
        self.assertEqual(mercury.fingerprint(hello)["fingerprints"], {"tls": want})
        record = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello
        self.assertEqual(mercury.fingerprint(record)["fingerprints"], {"tls": want})
        self.assertEqual(mercury.fingerprint(record[:-4])["reassembly_properties"], {"truncated": True})

    def test_other_messages(self):
        http = mercury.fingerprint(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "http.request")
        self.assertEqual(http["fingerprints"]["http"], "http/(474554)(485454502f312e31)((486f7374))")
        ssh = mercury.fingerprint(b"SSH-2.0-x\r\n", "SSH/identification")
        self.assertEqual(ssh["ssh"]["init"]["protocol"], "SSH-2.0-x\r")

    def test_errors(self):
        with self.assertRaisesRegex(mercury.Error, "not of this kind"):
            mercury.fingerprint(b"nonsense")
        with self.assertRaisesRegex(mercury.Error, "no such message"):
            mercury.fingerprint(b"", "nonsense")


class TestDecode(unittest.TestCase):
    def test_certificate(self):
        r = next(r for r in mercury.records(capture("tls12.pcap"), certs_json_output=False) if "certs" in r.get("tls", {}).get("server", {}))
        text = r["tls"]["server"]["certs"][0]["base64"]
        cert = mercury.parse_cert(text)
        self.assertEqual(cert["version"], "02")
        prefix = mercury.get_cert_prefix(text)
        der = __import__("base64").b64decode(text)
        self.assertTrue(der.hex().startswith(prefix) and prefix)
        self.assertIn(bytes.fromhex(cert["serial_number"]), bytes.fromhex(prefix))
        self.assertEqual(mercury.get_cert_prefix(b64encode(der[:20]).decode()), "")
        self.assertEqual(mercury.parse_cert(der.hex(), True), cert)
        with self.assertRaisesRegex(ValueError, "Invalid base64"):
            mercury.parse_cert("?")
        with self.assertRaisesRegex(ValueError, "Invalid hex"):
            mercury.parse_dns("xyz", True)

    def test_dns(self):
        query = bytes.fromhex("12340000000100000000000001610000010001")
        got = mercury.parse_dns(b64encode(query).decode())
        self.assertEqual(got["query"]["question"], [{"name": "a.", "type": "A", "class": "IN"}])
        with self.assertRaises(ValueError):
            mercury.parse_dns("AAAA")

    def test_contexts(self):
        fdc = bytes.fromhex("bf019fbf01bf019f420303421301d8fb9f420000ffffffff6b6578616d706c652e636f6d693139322e302e322e311901bb6000ffff")
        want = {"fdc": {"fingerprint": "tls/1/(0303)(1301)[(0000)]", "sni": "example.com", "dst_ip_str": "192.0.2.1", "dst_port": 443, "user_agent": "", "truncation": "none"}}
        self.assertEqual(mercury.decode_fdc(fdc), want)
        self.assertEqual(mercury.decode_mercury_fdc(b64encode(fdc).decode()), want)
        with self.assertRaises(ValueError):
            mercury.decode_fdc(fdc[:-1])

    def test_names(self):
        for name, detailed, plain in (
            ("www.example.com", "www.example.com", "www.example.com"),
            ("www.example.com:8080", "_8080.www.example.com", "www.example.com"),
            ("10.1.2.3", "10-0-0-1.address.alt", "address.alt"),
            ("", "missing.alt", "missing.alt"),
            ("localhost", "localhost", "localhost"),
            ("host", "unqualified.alt", "unqualified.alt"),
        ):
            self.assertEqual(mercury.get_normalized_domain_name(name), detailed)
            self.assertEqual(mercury.get_normalized_domain_name(name, False), plain)
        for address, want in (("192.168.7.7", "10.0.0.1"), ("192.0.2.1", "192.0.2.1"), ("fd12::3", "fd00::1"), ("2001:db8::1", "2001:db8::1")):
            self.assertEqual(mercury.get_normalized_ip_address(address), want)
        with self.assertRaises(ValueError):
            mercury.get_normalized_ip_address("example.com")

    def test_cipher_suites(self):
        self.assertEqual(mercury.get_ciphersuites("tls/1/(0303)(1301)[(0000)]"), "1301")
        self.assertEqual(mercury.get_ciphersuites("quic/(00000001)(0303)(1302)[]"), "1302")
        self.assertEqual(mercury.get_ciphersuites("http/(00)"), "")

    def test_quic_salt(self):
        datagram = next(d[42:] for d, _ in frames("quic.pcap") if d[23] == 17 and d[36:38] != b"\0\x35")
        self.assertEqual(mercury.quic_get_salt({"raw_packet_data": datagram.hex()}), "d33_v1")
        self.assertIsNone(mercury.quic_get_salt_from_bytes(b"nonsense"))
        for bad in ({}, {"raw_packet_data": 1}, {"raw_packet_data": "xy"}):
            with self.assertRaises(ValueError):
                mercury.quic_get_salt(bad)


class TestRecords(unittest.TestCase):
    def test_options(self):
        got = list(mercury.records(capture("mixed.pcapng.gz"), do_analysis=False, packet_filter_cfg=b"dns"))
        self.assertTrue(got and all("dns" in r for r in got))

    def test_closed_early(self):
        rows = mercury.records(capture("http.pcap"))
        next(rows)
        rows.close()

    def test_errors(self):
        with self.assertRaises(mercury.Error):
            next(mercury.records("/nonexistent"))
        with tempfile.NamedTemporaryFile(suffix=".pcap") as f:
            with open(capture("http.pcap"), "rb") as whole:
                f.write(whole.read()[:-10])
            f.flush()
            got, problem = [], None
            try:
                for record in mercury.records(f.name):
                    got.append(record)
            except mercury.Error as e:
                problem = e
            self.assertRegex(str(problem), "cut off")
            self.assertTrue(got)

    def test_columns(self):
        rows = [{"a": 1}, {"b": {"x": 2}}, {}, {"b": None, "a": 3}]
        self.assertEqual(columns(rows), {"a": [1, None, None, 3], "b": [None, {"x": 2}, None, None]})
        self.assertEqual(columns([]), {})

    def test_uniform(self):
        for values, want in (
            ([1, None, 2.5], [1, None, 2.5]),
            ([1, "é", None, True], ["1", '"é"', None, "true"]),
            ([{"a": 1, "b": {}}, None, {"a": {"x": [1]}}], [{"a": "1", "b": {}}, None, {"a": '{"x": [1]}'}]),
            ([[1, 2], None, [], [3]], [[1, 2], None, [], [3]]),
            ([["x", {"y": 1}], [None]], [['"x"', '{"y": 1}'], [None]]),
            ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]),
            ([None, None], [None, None]),
        ):
            before = json.dumps(values)
            self.assertEqual(uniform(values), want)
            self.assertEqual(json.dumps(values), before)

    @unittest.skipUnless(importlib.util.find_spec("pyarrow"), "pyarrow is not installed")
    def test_arrow(self):
        def same(value, stored):
            """Whether a value is what a table gives back: null for what is not there,
            and text in JSON for what has several types."""
            if isinstance(value, dict) and isinstance(stored, dict):
                return all(same(value.get(k), stored.get(k)) for k in value.keys() | stored.keys())
            if isinstance(value, list) and isinstance(stored, list):
                return len(value) == len(stored) and all(map(same, value, stored))
            if value != stored and isinstance(stored, str):
                return json.loads(stored) == value
            return value == stored or value == {} and stored is None or value is None and is_null(stored)

        def is_null(stored):
            return stored is None or isinstance(stored, dict) and all(map(is_null, stored.values()))

        rows = []
        for name in sorted(os.listdir(CAPTURES)):
            if ".pcap" in name:
                rows += mercury.records(capture(name), metadata_output=True, dns_json_output=True, certs_json_output=True)
        table = mercury.to_arrow(iter(rows))
        self.assertGreater(len(rows), 1000)
        self.assertEqual((table.num_rows, set(table.column_names)), (len(rows), {name for row in rows for name in row}))
        for row, stored in zip(rows, table.to_pylist()):
            self.assertTrue(same(row, stored), (row, stored))

    @unittest.skipUnless(importlib.util.find_spec("pandas"), "pandas is not installed")
    def test_pandas(self):
        rows = list(mercury.records(capture("tls13.pcap")))
        frame = mercury.to_pandas(iter(rows))
        self.assertEqual(list(frame["dst_port"]), [row["dst_port"] for row in rows])
        names = [row.get("tls", {}).get("client", {}).get("server_name") for row in rows]
        self.assertEqual(list(frame["tls.client.server_name"].dropna()), [n for n in names if n is not None])
        self.assertIn("openssl", set(frame["analysis.process"]))
        self.assertEqual(len(mercury.to_pandas([])), 0)

    @unittest.skipUnless(
        sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip"),
        "capturing needs root, unshare and ip",
    )
    def test_interface(self):
        # In a namespace of its own, which has nothing but lo.
        program = """
import mercury, os, socket, subprocess, sys, threading
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
query = bytes.fromhex("12340000000100000000000003777777076578616d706c6503636f6d0000010001")
done = threading.Event()
def send():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while not done.wait(0.05):
        s.sendto(query, ("127.0.0.1", 53))
threading.Thread(target=send, daemon=True).start()
rows = mercury.records("lo", packet_filter_cfg=b"dns", dns_json_output=True)
record = next(rows)
rows.close()
done.set()
print(record["dns"]["query"]["question"][0]["name"], record["dst_port"])
try:
    next(mercury.records("nothing-here"))
except mercury.Error as e:
    print("Error:", "nothing-here" in str(e))
"""
        ran = subprocess.run(["unshare", "-n", sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
        if ran.returncode != 0 and "unshare" in ran.stderr:
            self.skipTest(ran.stderr.strip())
        self.assertEqual((ran.stdout, ran.returncode), ("www.example.com. 53\nError: True\n", 0), ran.stderr)

    def test_separators_in_records(self):
        # Records are told apart by newlines only, whatever Unicode calls a line.
        with mock.patch.object(stream, "_chunks", lambda _: (text for text in ['{"a":"\u2028\x85"}\n{"b":1}\n'])):
            self.assertEqual(list(mercury.records(capture("dns.pcap"))), [{"a": "\u2028\x85"}, {"b": 1}])

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_fork(self):
        mercury.parse_dns("1234000000010000000000000161000001" + "0001", True)
        child = os.fork()
        if child == 0:
            try:
                mercury.Mercury()
            except RuntimeError:
                os._exit(7)
            os._exit(1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)


class TestCommand(unittest.TestCase):
    def run_command(self, *args):
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            try:
                status = command.main(list(args))
            except SystemExit as e:
                status = e.code
        return status, out.getvalue(), err.getvalue()

    def test_json(self):
        status, out, _ = self.run_command("-r", capture("http.pcap"), "-a", "-n", "2", "--select", "http")
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 0)
        top = next(r["analysis"]["probable_processes"] for r in rows if "analysis" in r)
        self.assertLessEqual(len(top), 2)
        self.assertEqual(top[0]["process"], next(r["analysis"]["process"] for r in rows if "analysis" in r))

    def test_human_readable(self):
        status, out, _ = self.run_command("-r", capture("dns.pcap"), "-w")
        self.assertEqual(status, 0)
        self.assertIn("dns.query.question[0].name: example.com.\n", out)
        record = {"a": "\x1b[31m\u202e"}
        with redirect_stdout(io.StringIO()) as shown, mock.patch.object(command, "records", lambda *_, **__: [record]):
            command.main(["-r", "x", "-w"])
        self.assertEqual(shown.getvalue(), "a: \\x1b[31m\\u202e\n\n")

    def test_lookup(self):
        fp = next(r["fingerprints"]["http"] for r in mercury.records(capture("http.pcap")) if "http" in r["fingerprints"])
        status, out, _ = self.run_command("-l", fp, "-n", "1")
        found = json.loads(out)
        self.assertEqual((status, found["fingerprint"], len(found["probable_processes"]) <= 1), (0, fp, True))

    def test_errors(self):
        status, _, err = self.run_command("-r", "/nonexistent")
        self.assertEqual(status, 1)
        self.assertTrue(err.startswith("pmercury: ") and err.count("\n") == 1, err)
        self.assertEqual(self.run_command()[0], 2)
        for option in (["-b", "tcp"], ["-e"], ["-g"], ["-k", "keys"], ["-s", "keys"], ["--sslkeylogfile=keys"], ["-x"]):
            status, _, err = self.run_command("-r", capture("http.pcap"), *option)
            self.assertEqual((status, err.count("\n")), (2, 1), err)
            self.assertTrue(err.startswith(f"pmercury: {option[0].split('=')[0]}: "), err)
        self.assertEqual(self.run_command("-l", "x", "-n", "-1")[0], 2)

    def test_output_is_input(self):
        with tempfile.TemporaryDirectory() as folder:
            name, link = os.path.join(folder, "a.pcap"), os.path.join(folder, "b")
            shutil.copy(capture("http.pcap"), name)
            os.link(name, link)
            for args in (["-r", name, "-f", name], ["-r", link, "-f", name], ["-r", capture("dns.pcap"), "-a", "-d", link, "-f", name]):
                status, _, err = self.run_command(*args)
                self.assertEqual((status, err), (1, f"pmercury: {name}: is both input and output; nothing was written\n"))
            with open(name, "rb") as f, open(capture("http.pcap"), "rb") as g:
                self.assertEqual(f.read(), g.read())

    def test_reader_gone(self):
        for name in ("dns.pcap", "http.pcap"):
            with subprocess.Popen([sys.executable, "-m", "mercury", "-r", capture(name)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
                p.stdout.close()
                self.assertEqual((p.stderr.read(), p.wait()), (b"", 0))


if __name__ == "__main__":
    unittest.main()

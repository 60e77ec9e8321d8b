package explain

import (
	"encoding/json"
	"strings"
	"testing"
)

// explained is the text of an explanation without its first line, which is the
// fingerprint.
func explained(t *testing.T, fp string) string {
	t.Helper()
	e, err := Fingerprint(fp)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(e.Text()), "\n")
	return text
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ fp, want string }{
		{"tls/2/(0303)(0a0a130100ff)[(0a0a)(000a00080006fafa11ec001d)(000d0004000204ff)(001000050003026832)(001c00024001)(002b0003020304)(003e)(44cd)(ff00)]", `ClientHello of TLS, extensions sorted by type, without those that depend on the session.

version: TLSv1.2 (0303)
cipher suites:
  0a0a  GREASE
  1301  TLS_AES_128_GCM_SHA256
  00ff  TLS_EMPTY_RENEGOTIATION_INFO_SCSV
extensions:
  0a0a  GREASE
  000a  supported_groups: GREASE, X25519MLKEM768 (post-quantum), x25519
  000d  signature_algorithms: 0x04ff
  0010  application_layer_protocol_negotiation: h2
  001c  record_size_limit: 16385 bytes
  002b  supported_versions: TLSv1.3
  003e  an unassigned extension
  44cd  application_settings
  ff00  an extension for private use
`},
		{"quic/(6b3343cf)(0303)(1301)[((0039)[(01)(1b)(7129)(80004752)(c0)])(002b0003020304)]", `ClientHello of QUIC, extensions sorted by type.

QUIC version: v2, RFC 9369 (6b3343cf)
version: TLSv1.2 (0303)
cipher suites:
  1301  TLS_AES_128_GCM_SHA256
extensions:
  0039  quic_transport_parameters: max_idle_timeout, GREASE, user_agent,
          google_version, 0xc0
  002b  supported_versions: TLSv1.3

if the message was whole, also:
  JA4  q13i010200_0f2cb44170f4_c8abead0ac40
  JA4_r  q13i010200_1301_002b,0039
`},
		{"tls/1/randomized", "Stands for fingerprints that a client makes up at random.\n\n"},
		{"tls_server/(0303)(1302)((002b00020304)(0033))", `ServerHello of TLS.

version: TLSv1.2 (0303)
cipher suite:
  1302  TLS_AES_256_GCM_SHA384
extensions:
  002b  supported_versions: TLSv1.3
  0033  key_share
`},
		{"http/(474554)(485454502f312e31)((486f7374)(4163636570743a202a2f2a)(581b))", `Request of HTTP: method, version, and header fields that tell programs apart.

method: GET
version: HTTP/1.1
header:
  Host
  Accept: */*
  X\x1b
`},
		{"tcp/(40)()(40)(faf0)((020405b4)(04)(63))", `SYN of TCP: IP header, window and options.

IP version: 4 (40)
identification: not zero
time to live: 64 to 95 when it was captured (40)
window: 64240 (faf0)
options:
  020405b4  maximum segment size: 1460
  04        SACK permitted
  63        unknown
`},
		{"tcp_server/(faf0)((03030a))", `SYN/ACK of TCP: IP header, window and options.

window: 64240 (faf0)
options:
  03030a  window scale: 10
`},
		{"ssh/(612c62)(63)(64)(65)(66)(67)(6e6f6e65)(6e6f6e65)()()", `Algorithms that an SSH client offers, the preferred ones first.

key exchange: a, b
host keys: c
ciphers to server: d
ciphers to client: e
MACs to server: f
MACs to client: g
compression to server: none
compression to client: none
languages to server: (empty)
languages to client: (empty)

if the message was whole, also:
  HASSH  70d28de581c8f7ce511421c1e0676070
`},
		{"ssh_init/(5353482d322e302d6f)", "Identification string of SSH, from the client.\n\nidentification: SSH-2.0-o\n"},
		{"stun/1/(00)(0001)(01)((0006)(8037000400000001))", `STUN request or indication: attributes that tell programs apart, in their order.

class: request (00)
method: Binding (0001)
magic cookie: yes (RFC 8489) (01)
attributes:
  0006  USERNAME
  8037  MS_APP_ID: 00000001
`},
		{"dhcp/((350103)(3703010f06)(ff))", `DHCP request: its options in their order.

options:
  35  DHCP Msg Type: request
  37  Parameter List: Subnet Mask, Domain Name, Domain Server
  ff  End
`},
		{"smtp_server/(3235302d53495a45)(3235302048454c50)", "Reply to EHLO of a mail server: the lines without names and greetings.\n\nline: 250-SIZE\nline: 250 HELP\n"},
		{"smtp_server/", "Reply to EHLO of a mail server: the lines without names and greetings.\n\n"},
		{"openvpn/(06)(01)(0401)(14)(0303)(1301)((0000))", `OpenVPN over TCP: packets of a segment, and the ClientHello in them.

IP protocol: 6 (TCP) (06)
control packets: 1 (01)
opcode of the first packet: P_CONTROL_V1, not with the first key (0401)
length of the HMAC: 20 bytes (14)
version: TLSv1.2 (0303)
cipher suites:
  1301  TLS_AES_128_GCM_SHA256
extensions:
  0000  server_name
`},
		{"tofsee/1/generic", "Greeting of the malware Tofsee, which is the same for all of its servers.\n\n"},
		{"t13d1516h2_8daaf6152771_d8a2da3f94cd", `JA4 of a ClientHello: a summary, and hashes of the sorted cipher suites and extensions.

transport: TCP (t)
version: TLSv1.3 (13)
server name: yes (d)
cipher suites: 15
extensions: 16
first ALPN: h2
hash of the cipher suites: 8daaf6152771
hash of extensions and signature algorithms: d8a2da3f94cd
`},
		{"q13i010200_1301_002b,0039_0403", `JA4_r of a ClientHello: a summary, the sorted cipher suites and extensions, and the signature algorithms.

transport: QUIC (q)
version: TLSv1.3 (13)
server name: no (i)
cipher suites: 1 (01)
extensions: 2 (02)
first ALPN: none (00)
sorted cipher suites:
  1301  TLS_AES_128_GCM_SHA256
sorted extensions without server_name and ALPN:
  002b  supported_versions
  0039  quic_transport_parameters
signature algorithms:
  0403  ecdsa_secp256r1_sha256
`},
	} {
		if got := explained(t, tt.fp); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.fp, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ fp, want string }{
		{"", "not a fingerprint: offset 0"},
		{"a3afc2c46ba4a7d7fbe1cfb7a3031c2f", "this is a hash, such as JA3 or HASSH"},
		{"tls/(0303)(1301)", "too few groups for a fingerprint of type tls"},
		{"tls/(0303)(1301)()()", "too many groups for a fingerprint of type tls"},
		{"tls/(0303)(130)()", "an odd number of hexadecimal digits"},
		{"tls/generic", `unknown word "generic" in a fingerprint of type tls`},
		{"ssh/randomized", `unknown word "randomized" in a fingerprint of type ssh`},
		{"t13d1516h2_8daaf6152771", "not JA4"},
		{"x13d1516h2_8daaf6152771_d8a2da3f94cd", "not JA4"},
		{"t13d1516h2_zz_1301", "not JA4"},
	} {
		e, err := Fingerprint(tt.fp)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %+v, %v", tt.fp, e, err)
		}
	}
}

func FuzzFingerprint(f *testing.F) {
	for _, fp := range []string{
		"tls/(0303)(1301)((0000)(000a00060004001d0017)(0039)((0039)((01))))", "quic/(00000001)(0303)(1301)[((0039)[(01)(c0)])]",
		"dtls/(fefd)(c02c)((0010000a000804636f6170026832))", "openvpn/(06)(01)(0400)(14)(0303)(1301)((0000))",
		"http/(47)(48)((58))", "tcp/(40)()(40)(faf0)((0204)(04))", "stun/1/(00)(0001)(01)((8037000400000001))", "dhcp/((3501)(37))",
		"ssh/()()()()()()()()()()", "tls_server/(0303)(1302)((002b00020304))", "t13d1516h2_8daaf6152771_d8a2da3f94cd", "tls/randomized",
	} {
		f.Add(fp)
	}
	f.Fuzz(func(t *testing.T, fp string) {
		e, err := Fingerprint(fp)
		if err != nil {
			return
		}
		for _, c := range e.Text() {
			if c != '\n' && (c < ' ' || c > '~') {
				t.Fatalf("%q", e.Text())
			}
		}
		if _, err := json.Marshal(e); err != nil {
			t.Error(err)
		}
	})
}

package engine_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/proto"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

func newDeepWorker(t testing.TB) *engine.Worker {
	return newWorker(t, engine.Config{Options: proto.Options{Deep: true, Metadata: true, DNSJSON: true}})
}

// deepRecords returns what a worker makes of packets, with what it holds back
// until the end.
func deepRecords(w *engine.Worker, packets [][]byte) []string {
	var out []byte
	for i, p := range packets {
		out = w.Packet(out, packet.LinkEthernet, p, int64(i)*1e6)
	}
	for _, ok := w.Pending(); ok; _, ok = w.Pending() {
		out = w.Flush(out)
	}
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// summary leaves out of records what depends on how the data was cut.
func summary(t testing.TB, records []string) []string {
	var all []string
	for _, r := range records {
		var m map[string]any
		if err := json.Unmarshal([]byte(r), &m); err != nil {
			t.Fatalf("%v in %q", err, r)
		}
		for _, k := range []string{"event_start", "ip", "tcp"} {
			delete(m, k)
		}
		if p, ok := m["reassembly_properties"].(map[string]any); ok && p["truncated"] != true {
			delete(m, "reassembly_properties")
		}
		if prints, ok := m["fingerprints"].(map[string]any); ok && (prints["tcp"] != nil || prints["tcp_server"] != nil) {
			continue // a SYN
		}
		b, _ := json.Marshal(m)
		all = append(all, string(b))
	}
	return all
}

// records cuts what follows the header of a TLS record into records of n
// bytes.
func tlsRecords(record string, n int) string {
	var b strings.Builder
	for body := record[5:]; body != ""; {
		size := min(n, len(body))
		b.WriteString(record[:3] + string([]byte{byte(size >> 8), byte(size)}) + body[:size])
		body = body[size:]
	}
	return b.String()
}

// An SSL 2.0 ClientHello that offers TLS 1.2 and two suites.
const ssl2Hello = "\x80\x1f\x01\x03\x03\x00\x06\x00\x00\x00\x10\x00\xc0\x2f\x00\x00\x35CCCCCCCCCCCCCCCC"

var deepStreams = map[string]struct {
	port int
	data string
	want int // records
}{
	"hello":                {443, clientHello, 1},
	"long hello":           {443, longHello(9000), 1},
	"records of 1":         {443, tlsRecords(clientHello, 1), 1},
	"records of 40":        {443, tlsRecords(longHello(1700), 40), 1},
	"alert before":         {443, "\x15\x03\x01\x00\x02\x01\x00" + clientHello, 1},
	"second hello":         {443, clientHello + "\x14\x03\x03\x00\x01\x01" + clientHello, 2},
	"encrypted":            {443, clientHello + "\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x28" + strings.Repeat("\x01\xff", 20) + "\x17\x03\x03\x00\x08GET / HT", 1},
	"proxy line":           {443, "PROXY TCP4 192.0.2.9 192.0.2.2 1 443\r\n" + clientHello, 1},
	"proxy header":         {443, "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0cabcdefghijkl" + clientHello, 1},
	"STARTTLS of POP3":     {110, "XAPABILITIES AND SO ON\r\nSTLS\r\n" + clientHello, 1},
	"database":             {5432, "\x00\x00\x00\x08\x04\xd2\x16\x2f" + clientHello, 1},
	"CONNECT":              {8080, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n" + clientHello, 2},
	"MySQL":                {3306, mysqlLogin + clientHello, 2},
	"SMB":                  {445, smbNegotiate + smbNegotiate, 2},
	"DNP3":                 {20000, dnp3Frame + dnp3Frame + dnp3Frame, 3},
	"VNC":                  {5900, "RFB 003.008\n\x13\x00\x02\x00\x00\x01\x04" + clientHello, 2},
	"SOCKS 4":              {1080, "\x04\x01\x01\xbb\xc0\x00\x02\x01user\x00" + clientHello, 2},
	"SOCKS 4a":             {1080, "\x04\x01\x00\x50\x00\x00\x00\x01user\x00www.example.com\x00" + httpRequest + httpRequest, 3},
	"SOCKS 5":              {1080, "\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50" + httpRequest, 3},
	"SOCKS 5, password":    {1080, "\x05\x02\x00\x02\x01\x04user\x06secret\x05\x01\x00\x03\x0bexample.com\x01\xbb" + clientHello, 3},
	"SSL 2.0":              {443, ssl2Hello, 1},
	"requests":             {80, httpRequest + httpRequest + "\r\n" + httpRequest, 3},
	"trailer":              {80, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\n0\r\nDigest: x\r\nGET: y\r\n\r\n" + httpRequest, 2},
	"long trailer":         {80, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("5\r\nGET /\r\n", 99) + "0\r\nDigest: " + strings.Repeat("x", 2000) + "\r\n\r\n" + httpRequest, 2},
	"request with content": {80, "POST / HTTP/1.1\r\nContent-Length: 600\r\n\r\n" + strings.Repeat("GET / HTTP/1.1\r\n", 38)[:600] + httpRequest, 2},
	"DNS":                  {53, "\x00\x21" + dnsQuery + "\x00\x21" + dnsQuery, 2},
	"mail":                 {25, "EHLO example.com\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n", 3},
	"files":                {21, "USER anonymous\r\nPASS guest\r\nSYST\r\n", 3},
	"mail with its text":   {25, "DATA\r\nSubject: x\r\n\r\nHELP me\r\n..\r\nQUIT\r\n.\r\nQUIT\r\n", 2},
	"mail in chunks":       {25, "BDAT 12 LAST\r\nHELP me\r\nQ\r\nQUIT\r\n", 2},
	"IMAP commands":        {143, "a1 LOGIN {5+}\r\nalice secret\r\na2 SELECT INBOX\r\na3 APPEND INBOX {1400}\r\n" + strings.Repeat("b NOOP\r\n  ", 140) + "\r\na4 LOGOUT\r\n", 4},
	"TDS":                  {1433, "\x12\x01\x00\x0e\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff" + tdsPackets(longHello(900), 300), 1},
	"SSH":                  {22, sshInit + kexInit, 1},
}

// A request for TLS, a list of dialects, and a frame whose user data takes two
// blocks.
var (
	mysqlLogin   = "\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\xff" + strings.Repeat("\x00", 23)
	smbNegotiate = "\x00\x00\x00\x2f\xffSMB\x72\x00\x00\x00\x00\x18\x53\xc8" + strings.Repeat("\x00", 20) + "\x00\x0c\x00\x02NT LM 0.12\x00"
	dnp3Frame    = "\x05\x64\x17\xc4\x01\x00\x02\x00\xaa\xaa" + "\xc0\xc1\x01" + strings.Repeat("d", 13) + "\xaa\xaa" + "ee\xaa\xaa"
)

// deepReplies are streams of servers.
var deepReplies = map[string]struct {
	port int
	data string
	want int // records
}{
	"hello":      {443, serverHello, 1},
	"database":   {5432, "S" + serverHello, 1},
	"STLS":       {110, "+OK ready\r\n+OK Begin TLS\r\n" + serverHello, 1},
	"sieve":      {4190, "\"STARTTLS\"\r\nOK\r\nOK \"Begin TLS negotiation now.\"\r\n" + serverHello, 1},
	"VNC":        {5900, "RFB 003.008\n\x01\x13\x00\x02\x00\x01\x00\x00\x01\x04\x01" + serverHello, 2},
	"SOCKS 4":    {1080, "\x00\x5a\x01\xbb\xc0\x00\x02\x01" + serverHello, 1},
	"SOCKS 4, 2": {1080, "\x00\x5a\x00\x00\x00\x00\x00\x00" + httpResponse + httpResponse, 2},
	"SOCKS 5":    {1080, "\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00" + httpResponse, 2},
	"SOCKS 5, 2": {1080, "\x05\x00\x05\x00\x00\x03\x0bexample.com\x01\xbb" + serverHello, 2},
	"responses":  {80, "HTTP/1.1 100\r\n\r\n" + httpResponse + httpResponse, 3},
	"chunks":     {80, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("5\r\nHTTP/\r\n", 100) + "0\r\n\r\n" + httpResponse, 2},
	"mail":       {25, "220 mx.example.com\r\n250-mx.example.com\r\n250-PIPELINING\r\n250 HELP\r\n250 OK\r\n", 1},
	"files":      {21, "220-Welcome\r\n220 ready\r\n331 Password\r\n230 OK\r\n", 3},
	"IMAP":       {143, "* OK ready\r\n* CAPABILITY IMAP4rev1\r\na1 OK done\r\n* 1 FETCH (BODY {12}\r\na2 OK done\r\n)\r\na2 OK fetched\r\n+ idling\r\n* BYE\r\n", 5},
	"IMAP, mail": {143, "* 1 FETCH (BODY {1100}\r\n" + strings.Repeat("a2 OK done\r\n", 100)[:1100] + ")\r\na2 OK fetched\r\n", 2},
}

// tdsPackets are TDS packets of n bytes with a message.
func tdsPackets(message string, n int) string {
	var b strings.Builder
	for message != "" {
		size := min(n, len(message))
		status := "\x00"
		if size == len(message) {
			status = "\x01"
		}
		b.WriteString("\x12" + status + string([]byte{byte((size + 8) >> 8), byte(size + 8)}) + "\x00\x00\x01\x00" + message[:size])
		message = message[size:]
	}
	return b.String()
}

// kexInit is a KEXINIT message of SSH in a binary packet.
var kexInit = func() string {
	body := "\x14" + strings.Repeat("c", 16)
	for range 10 {
		body += "\x00\x00\x00\x06abc,de"
	}
	body += "\x00\x00\x00\x00\x00"
	return string([]byte{0, 0, 0, byte(len(body) + 5), 4}) + body + "pppp"
}()

// flagged is tcp with flags set by a function.
func flagged(flags func(*layers.TCP), src, dst layers.TCPPort, seq uint32, data string) []byte {
	h := &layers.TCP{SrcPort: src, DstPort: dst, Seq: seq, Window: 1000}
	flags(h)
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolTCP, 1, 2), h, gopacket.Payload(data))
}

// A stream gives the same records however it is cut into segments, in
// whatever order they come, and however often.
func TestDeepStreams(t *testing.T) {
	for name, s := range deepStreams {
		t.Run(name, func(t *testing.T) { testDeepStream(t, 40000, layers.TCPPort(s.port), s.data, s.want) })
	}
	for name, s := range deepReplies {
		t.Run("reply: "+name, func(t *testing.T) { testDeepStream(t, layers.TCPPort(s.port), 40000, s.data, s.want) })
	}
}

func testDeepStream(t *testing.T, src, dst layers.TCPPort, data string, number int) {
	r := rand.New(rand.NewPCG(uint64(len(data)), 2))
	const seq = 1<<32 - 20 // it wraps
	start := syn(src, dst, seq-1)
	if src != 40000 {
		start = flagged(func(h *layers.TCP) { h.SYN, h.ACK = true, true }, src, dst, seq-1, "")
	}
	want := summary(t, deepRecords(newDeepWorker(t), [][]byte{start, tcp(src, dst, seq, data)}))
	if len(want) != number {
		t.Fatalf("%d records, want %d: %q", len(want), number, want)
	}
	sorted := slices.Sorted(slices.Values(want))
	for try := range 30 {
		packets := cut(r, data, seq, src, dst, try)
		got := summary(t, deepRecords(newDeepWorker(t), append([][]byte{start}, packets...)))
		if try == 0 && !slices.Equal(got, want) { // in order: as is
			t.Fatalf("in order: %q\nwant %q", got, want)
		}
		slices.Sort(got)
		if !slices.Equal(got, sorted) {
			t.Fatalf("try %d: %q\nwant %q", try, got, sorted)
		}
	}
}

// A hello is found behind messages whose length only their own protocol knows,
// wherever it is cut, but for one byte: that can be anything.
func TestDeepHelloBehind(t *testing.T) {
	for name, s := range map[string]struct {
		port         layers.TCPPort
		before, data string
		want         int // records
		reply        bool
	}{
		"LDAP":    {389, "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037", clientHello, 2, false},
		"MySQL":   {3306, "\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\xff" + strings.Repeat("\x00", 23), clientHello, 2, false},
		"RDP":     {3389, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", clientHello, 2, false},
		"Telnet":  {23, "\xff\xfb\x2e\xff\xfa\x2e\x01\xff\xf0", clientHello, 2, false},
		"unknown": {4444, "neither of them knows what this is\r\n", clientHello, 1, false},
		"to LDAP": {389, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", serverHello, 2, true},
		"to RDP":  {3389, "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x09\x08\x00\x02\x00\x00\x00", serverHello, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			src, dst := layers.TCPPort(40000), s.port
			if s.reply {
				src, dst = dst, src
			}
			start := func(h *layers.TCP) { h.SYN, h.ACK = true, s.reply }
			var want []string
			for n := range len(s.data) {
				if n == 1 {
					continue
				}
				at := len(s.before) + n
				all := s.before + s.data
				got := summary(t, deepRecords(newDeepWorker(t), [][]byte{flagged(start, src, dst, 99, ""), tcp(src, dst, 100, all[:at]), tcp(src, dst, 100+uint32(at), all[at:])}))
				if n == 0 {
					want = got
				}
				if len(got) != s.want || !slices.Equal(got, want) {
					t.Fatalf("cut after %d bytes: %q\nwant %q", n, got, want)
				}
			}
		})
	}
}

// A hello that another protocol cuts into its own packets is not read as if
// their headers were parts of it.
func TestDeepHelloInside(t *testing.T) {
	hello := longHello(900)
	var packets [][]byte
	seq := uint32(100)
	packets = append(packets, syn(40000, 4444, seq-1))
	for i := 0; i < len(hello); i += 400 {
		p := "\x01\xa8\x20identify" + string(rune('0'+i/400)) + hello[i:min(i+400, len(hello))]
		packets = append(packets, tcp(40000, 4444, seq, p))
		seq += uint32(len(p))
	}
	if got := summary(t, deepRecords(newDeepWorker(t), packets)); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// The end of a connection may overtake its last data.
func TestDeepEarlyEnd(t *testing.T) {
	for name, flag := range map[string]func(*layers.TCP){
		"FIN": func(h *layers.TCP) { h.ACK, h.FIN = true, true },
		"RST": func(h *layers.TCP) { h.ACK, h.RST = true, true },
	} {
		n := uint32(len(clientHello))
		packets := [][]byte{syn(40000, 443, 99), tcp(40000, 443, 100, clientHello[:60]), flagged(flag, 40000, 443, 100+n, ""), tcp(40000, 443, 160, clientHello[60:])}
		if got := deepRecords(newDeepWorker(t), packets); len(got) != 2 || !strings.Contains(got[1], "example.com") || strings.Contains(got[1], "truncated") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Any cut gives the same records of a stream whose SYN was not captured, or comes late, for
// a few segments.
func TestDeepStreamsWithoutSYN(t *testing.T) {
	const seq = 1<<32 - 20
	for _, name := range []string{"hello", "long hello", "SSL 2.0", "requests", "DNS", "SSH"} {
		s := deepStreams[name]
		r := rand.New(rand.NewPCG(uint64(len(s.data)), 4))
		port := layers.TCPPort(s.port)
		data := s.data
		switch name { // one message
		case "requests":
			data = httpRequest
		case "DNS":
			data = data[:len(data)/2]
		case "long hello": // with nothing that looks like another protocol
			data = strings.ReplaceAll(data, "\x00\x00\x00\x00", "abcd")
		}
		want := summary(t, deepRecords(newDeepWorker(t), [][]byte{syn(40000, port, seq-1), tcp(40000, port, seq, data)}))
		for try := range 50 {
			n := 2 + try%5 // segments
			cuts := []int{0, len(data)}
			for range n - 1 {
				cuts = append(cuts, 20+r.IntN(len(data)-20))
			}
			slices.Sort(cuts)
			for i := len(cuts) - 2; i > 0; i-- { // a few bytes can be anything
				if cuts[i+1]-cuts[i] < 24 {
					cuts = slices.Delete(cuts, i, i+1)
				}
			}
			var packets [][]byte
			for i, at := range cuts[:len(cuts)-1] {
				packets = append(packets, tcp(40000, port, seq+uint32(at), data[at:cuts[i+1]]))
			}
			r.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
			if try%3 == 0 {
				packets = slices.Insert(packets, r.IntN(len(packets)), syn(40000, port, seq-1))
			}
			got := summary(t, deepRecords(newDeepWorker(t), packets))
			slices.Sort(got)
			if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(got, sorted) {
				t.Errorf("%s, try %d, cut at %d: %q\nwant %q", name, try, cuts, got, sorted)
				break
			}
		}
	}
}

// cut cuts data into segments: single bytes and larger ones, with duplicates
// and overlaps, in any order but for the first tries.
func cut(r *rand.Rand, data string, seq uint32, src, dst layers.TCPPort, try int) [][]byte {
	most := []int{1, 3, 20, 100, 1400}[try%5]
	switch { // no more gaps than are waited for
	case len(data) > 2000:
		most = max(most, 100)
	case len(data) > 500:
		most = max(most, 20)
	}
	var packets [][]byte
	for at := 0; at < len(data); {
		n := min(1+r.IntN(most), len(data)-at)
		packets = append(packets, tcp(src, dst, seq+uint32(at), data[at:at+n]))
		if try > 10 && r.IntN(4) == 0 {
			from := r.IntN(at + 1)
			packets = append(packets, tcp(src, dst, seq+uint32(from), data[from:at+n]))
		}
		at += n
	}
	if try >= 5 {
		r.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
	}
	return packets
}

// What has come of a message at the end is written as truncated, and nothing
// is called whole that isn't.
func TestDeepIncomplete(t *testing.T) {
	for name, s := range map[string]string{
		"hello":           longHello(300)[:200],
		"record of a few": tlsRecords(longHello(300), 100)[:105],
		"request":         httpRequest[:40],
	} {
		for _, n := range []int{len(s), 17} {
			var packets [][]byte
			for at := 0; at < len(s); at += n {
				packets = append(packets, tcp(40000, 443, 100+uint32(at), s[at:min(at+n, len(s))]))
			}
			got := deepRecords(newDeepWorker(t), packets)
			if len(got) != 1 || !strings.Contains(got[0], `"truncated":true`) {
				t.Errorf("%s in segments of %d: %q", name, n, got)
			}
			if len(got) == 1 && strings.Contains(got[0], `"reassembled":true`) != (n < len(s)) {
				t.Errorf("%s in segments of %d: %q", name, n, got)
			}
		}
	}
}

// Responses are read by the lines of RFC 9112.
func TestDeepResponses(t *testing.T) {
	for _, tt := range []struct {
		data string
		want []string // status codes
	}{
		{"HTTP/1.1 200\r\nServer: x\r\nContent-Length: 0\r\n\r\n", []string{"200"}},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", []string{"100", "201"}},
		{"HTTP/1.1 200 OK\nServer: x\nContent-Length: 2\n\nokHTTP/1.1 404\n\n", []string{"200", "404"}},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nf\r\nHTTP/1.1 500 No\r\n0\r\n\r\nHTTP/1.1 204\r\n\r\n", []string{"200", "204"}},
		{"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 304\r\n\r\n", []string{"200", "304"}},
	} {
		for _, n := range []int{len(tt.data), 7, 1} {
			var packets [][]byte
			for at := 0; at < len(tt.data); at += n {
				b := tt.data[at:min(at+n, len(tt.data))]
				packets = append(packets, tcp(80, 40000, 100+uint32(at), b))
			}
			var got []string
			for _, r := range deepRecords(newDeepWorker(t), packets) {
				var m struct {
					HTTP struct {
						Response struct {
							Status string `json:"status_code"`
						}
					}
				}
				if err := json.Unmarshal([]byte(r), &m); err != nil {
					t.Fatal(err)
				}
				got = append(got, m.HTTP.Response.Status)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q in segments of %d: %q, want %q", tt.data, n, got, tt.want)
			}
		}
	}
}

// Memory stays bounded while streams stay half open.
func TestDeepBounds(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Deep: true, MinimizeRAM: true}})
	data := longHello(3000)[:2000]
	n := 0
	for i := range 6000 {
		out := w.Packet(nil, packet.LinkEthernet, tcp(layers.TCPPort(1024+i), 443, 1, data), 0)
		n += bytes.Count(out, []byte("\n"))
	}
	if n != 6000-2000 {
		t.Errorf("%d records, want those that made room for others", n)
	}
	for _, ok := w.Pending(); ok; _, ok = w.Pending() {
		w.Flush(nil)
		n++
	}
	if n != 6000 {
		t.Errorf("%d records", n)
	}
}

func FuzzDeepStream(f *testing.F) {
	for _, s := range deepStreams {
		f.Add([]byte(s.data), uint16(40000), uint64(1)|uint64(s.port)<<32)
	}
	for _, s := range deepReplies {
		f.Add([]byte(s.data), uint16(s.port), uint64(40000)<<32)
	}
	f.Fuzz(func(t *testing.T, data []byte, port uint16, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		w := newDeepWorker(t)
		for _, record := range deepRecords(w, cut(r, string(data[:min(len(data), 4000)]), uint32(seed), layers.TCPPort(port), layers.TCPPort(seed>>32), int(seed%30))) {
			if !json.Valid([]byte(record)) {
				t.Errorf("%q", record)
			}
		}
		if w.Counters().Panics != 0 {
			t.Error("a parser failed")
		}
	})
}

// What is kept of several packets is counted by kind.
func TestDeepCounters(t *testing.T) {
	w := newDeepWorker(t)
	deepRecords(w, [][]byte{
		tcp(40000, 443, 1, clientHello[:60]),
		tcp(40000, 80, 1, httpRequest),
		udp(50000, 443, quicInitial("abcdefgh", cryptoFrame(0, clientHello[5:40]))),
		udp(50001, 443, dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 0, 60))),
	})
	for i, want := range []engine.StateCounts{
		engine.StateStreams: {Begun: 2},
		engine.StateHeld:    {Begun: 1, Incomplete: 1},
		engine.StateQUIC:    {Begun: 1, Incomplete: 1},
		engine.StateDTLS:    {Begun: 1, Incomplete: 1},
	} {
		if got := w.Counters().States[i]; got != want {
			t.Errorf("%s: %+v, want %+v", engine.StateKind(i), got, want)
		}
	}
	if w.Published().Packets != 0 {
		t.Error("counts are published before they should be")
	}
	w.Publish()
	if got := w.Published(); got != w.Counters() {
		t.Errorf("published %+v", got)
	}
}

// What looks like the beginning of another message, or like data, and isn't.
func TestDeepLooksLike(t *testing.T) {
	peer := "\x13BitTorrent protocol" + strings.Repeat("e", 8) + strings.Repeat("h", 20) + strings.Repeat("p", 19) + "\x16"
	ack := func(h *layers.TCP) { h.ACK = true }
	answer := func(h *layers.TCP) { h.ACK, h.SYN = true, true }
	query := "\x00\x21" + dnsQuery
	for name, tt := range map[string]struct {
		packets [][]byte
		want    string
	}{
		"a byte at the end":                {[][]byte{tcp(40000, 6881, 1, peer)}, `"bittorrent":`},
		"padding of an ACK":                {[][]byte{flagged(ack, 40000, 443, 1, "\x00\x00"), tcp(40000, 443, 1, clientHello)}, `"server_name":"example.com"`},
		"padding of an ACK, twice":         {[][]byte{flagged(ack, 40000, 443, 1, "\x00\x00\x00\x00\x00\x00"), flagged(ack, 40000, 443, 1, "\x00\x00"), tcp(40000, 443, 1, clientHello)}, `"server_name":"example.com"`},
		"padding of a SYN":                 {[][]byte{flagged(answer, 443, 40000, 0, "\x00\x00"), tcp(443, 40000, 1, serverHello)}, `"tls_server":`},
		"zero that is no padding":          {[][]byte{flagged(ack, 40000, 53, 1, query[:1]), tcp(40000, 53, 2, query[1:])}, `"name":"www.example.com."`},
		"an empty line that someone types": {[][]byte{tcp(40000, 23, 1, "x"), tcp(40000, 23, 2, "\r\n")}, `"data":"\u000d\u000a"`},
		"a target with spaces":             {[][]byte{tcp(40000, 80, 1, "GET /a b HTTP/1.1\r\nHost: example.com\r\n\r\n")}, `"uri":"/a b"`},
	} {
		got := deepRecords(newDeepWorker(t), tt.packets)
		if !slices.ContainsFunc(got, func(r string) bool { return strings.Contains(r, tt.want) }) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Names of the root and records without a question are DNS, too.
func TestDeepDNS(t *testing.T) {
	header := "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
	root := header + "\x00\x00\x02\x00\x01" + "\x00\x00\x02\x00\x01\x00\x00\x00\x00\x00\x07\x01a\x03net\x00"
	update := "\x12\x34\x84\x00\x00\x00\x00\x00\x00\x01\x00\x00\x01a\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xc0\x00\x02\x01"
	for name, tt := range map[string]struct{ data, want string }{
		"root":         {root, `"name":"."`},
		"no questions": {update, `"authority":[{"name":"a."`},
	} {
		got := deepRecords(newDeepWorker(t), [][]byte{udp(53, 40000, tt.data)})
		if len(got) != 1 || !strings.Contains(got[0], tt.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

package annotate_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"

	"merctools/lib/annotate"
	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/fingerprints"
	"merctools/lib/flow"
	"merctools/lib/indicators"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// A pipe has an engine with a model, and one that writes for an Annotator with
// the same model: their records must be the same.
type pipe struct {
	fused     *engine.Worker
	records   *engine.Worker
	annotator *annotate.Annotator
	fusedOut  []byte
	out, text []byte
}

// pipes are of different options.
func pipes(tb testing.TB) []*pipe {
	tb.Helper()
	m, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		tb.Fatal(err)
	}
	further, err := fingerprints.Parse("all")
	if err != nil {
		tb.Fatal(err)
	}
	added, err := members.Parse("all", 0)
	if err != nil {
		tb.Fatal(err)
	}
	known := commonIndicators(tb)
	var list []*pipe
	for _, cfg := range []engine.Config{
		{},
		{Options: proto.Options{Metadata: true, CertsJSON: true, DNSJSON: true, RawFeatures: map[string]bool{"all": true}}},
		{Fingerprints: further, Members: added},
		{Fingerprints: further, Members: added, RecordLimit: envelope.MinLimit, Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true}},
		{Normalize: true, MaskKey: []byte("0123456789abcdef")},
		{Normalize: true, Fingerprints: further, Members: added, RecordLimit: envelope.MinLimit, Policies: policies, ExposedCreds: true,
			Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true, RawFeatures: map[string]bool{"all": true}}},
		{Indicators: known},
		{Indicators: known, Normalize: true, Options: proto.Options{DNSJSON: true}},
		{Indicators: known, Fingerprints: further, Options: proto.Options{Metadata: true, DNSJSON: true}},
		{Policies: policies, ExposedCreds: true, Options: proto.Options{Reassembly: true, NonselectedTCPData: true, NonselectedUDPData: true}},
	} {
		p := &pipe{annotator: annotate.New(m, nil, nil)}
		with, without := cfg, cfg
		with.Model, without.Context = m, true
		if without.Indicators != nil {
			p.annotator.Indicators(without.Indicators)
			without.Indicators = nil
		}
		for _, w := range []struct {
			cfg engine.Config
			at  **engine.Worker
		}{{with, &p.fused}, {without, &p.records}} {
			e, err := engine.New(w.cfg)
			if err != nil {
				tb.Fatal(err)
			}
			*w.at = e.NewWorker(nil)
		}
		list = append(list, p)
	}
	return list
}

// commonIndicators match much of what is in the project's captures, in each way
// that there is.
func commonIndicators(tb testing.TB) *atomic.Pointer[indicators.Set] {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "common")
	const list = "192.0.2.2\n2001:db8::/32\n10.0.0.0/8\n*.example.com # lab\n.example\nexample.com\na.b\n192.0.2.77\n" +
		"http://www.example.com/\nua:curl/*\nua:U*\nhttp/(474554)*\ntls/*(0303)*\nssh/(*\nquic/(*\ndtls/(*\n" +
		"c279b0189edb9269da7bc43dea5e0c36\nt13d1516h2_8daaf6152771_e5627efa2ab1\n"
	text := list
	for _, certificate := range certificates(tb) {
		text += fmt.Sprintf("%x\n", certificate)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := indicators.Load([]string{name}, func(n string) { tb.Error(n) })
	if err != nil {
		tb.Fatal(err)
	}
	current := new(atomic.Pointer[indicators.Set])
	current.Store(s)
	return current
}

// certificates are the SHA-1 hashes of those in the project's captures.
func certificates(tb testing.TB) (sums [][sha1.Size]byte) {
	tb.Helper()
	e, err := engine.New(engine.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	w := e.NewWorker(nil)
	certs := regexp.MustCompile(`"certs":\[\{"base64":"([^"]*)"`)
	for _, data := range packets(tb) {
		for _, match := range certs.FindAllSubmatch(w.Packet(nil, packet.LinkEthernet, data, 1e9), -1) {
			if der, err := base64.StdEncoding.DecodeString(string(match[1])); err == nil {
				sums = append(sums, sha1.Sum(der))
			}
		}
	}
	return sums
}

// compare has both workers do the same, and compares what comes of it.
func (p *pipe) compare(tb testing.TB, do func(w *engine.Worker, dst []byte) []byte) {
	p.fusedOut = do(p.fused, p.fusedOut[:0])
	want := p.fusedOut
	if d := p.fused.Deferred(); d != nil {
		want = resolved(want, d.At, &d.Result)
	}
	var got []byte
	if p.out = do(p.records, p.out[:0]); len(p.out) > 0 {
		var d annotate.Deferred
		var ok bool
		if p.text, ok = p.annotator.Append(p.text[:0], p.out, 0, &d); !ok {
			tb.Errorf("not a record: %s", p.out)
		}
		if got = p.text; d.At >= 0 {
			got = resolved(got, d.At, &d.Result)
		}
	}
	if !bytes.Equal(got, want) && !lacksFingerprints(p.out) {
		tb.Errorf("of   %spipe %sfused %s", p.out, got, want)
	}
}

// lacksFingerprints reports whether a limit left fingerprints out of a record. The
// limit counts those that merc-fp writes, and they are longer than those of the
// archive's format, which mercury writes at once.
func lacksFingerprints(text []byte) bool {
	i := bytes.LastIndex(text, []byte(`"left_out":{`))
	return i >= 0 && bytes.Contains(text[i:], []byte(`"fingerprints"`))
}

// resolved puts in an analysis that depends on earlier messages, as if there
// were none.
func resolved(text []byte, at int, r *fingerprintdb.Result) []byte {
	fingerprintdb.NewHistory().Resolve(r)
	var w record.Writer
	w.SetBuffer(slices.Clone(text[:at]))
	annotate.WriteAnalysis(&w, r, text[at:])
	return append(w.Bytes(), text[at:]...)
}

// packets are those of the project's captures on Ethernet.
func packets(tb testing.TB) [][]byte {
	tb.Helper()
	names, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(names) < 20 {
		tb.Fatal(names, err)
	}
	var list [][]byte
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		r, err := pcap.Open(f, name)
		if err != nil {
			tb.Fatal(err)
		}
		var b capture.Batch
		for err == nil {
			err = r.ReadBatch(&b)
			for i := range b.Packets {
				if b.Packets[i].Link == packet.LinkEthernet {
					list = append(list, slices.Clone(b.Bytes(i)))
				}
			}
		}
		if err != io.EOF {
			tb.Fatal(err)
		}
		r.Close()
		f.Close()
	}
	return list
}

// TestPipe compares the records of captures, as they are and with a few bytes
// changed, moved or cut off.
func TestPipe(t *testing.T) {
	found := map[string]int{}
	in := regexp.MustCompile(`"in":"([a-z_0-9]*)"`)
	defer func() {
		for _, name := range []string{"src_ip", "dst_ip", "server_name", "query", "answer", "url", "user_agent", "fingerprint", "certificate"} {
			if found[name] == 0 && !t.Failed() {
				t.Errorf("no indicator is in %s", name)
			}
		}
	}()
	rng := rand.New(rand.NewPCG(1, 2))
	all := packets(t)
	for _, p := range pipes(t) {
		for _, data := range all {
			p.compare(t, func(w *engine.Worker, dst []byte) []byte { return w.Packet(dst, packet.LinkEthernet, data, 1e9) })
			for _, match := range in.FindAllSubmatch(p.fusedOut, -1) {
				found[string(match[1])]++
			}
			changed := mutate(rng, data)
			p.compare(t, func(w *engine.Worker, dst []byte) []byte { return w.Packet(dst, packet.LinkEthernet, changed, 1e9) })
			if t.Failed() {
				return
			}
		}
	}
}

// mutate returns data with a few changes.
func mutate(rng *rand.Rand, data []byte) []byte {
	const headers = 54 // of Ethernet, IPv4 and TCP
	b := slices.Clone(data)
	for range 1 + rng.IntN(4) {
		if len(b) <= headers {
			return b
		}
		i := headers + rng.IntN(len(b)-headers)
		switch rng.IntN(4) {
		case 0:
			b[i] = byte(rng.UintN(256))
		case 1:
			b[i] ^= 1 << rng.UintN(8)
		case 2:
			b = b[:i]
		case 3:
			copy(b[i:], b[headers+rng.IntN(len(b)-headers):])
		}
	}
	return b
}

// FuzzPipe compares the records of what the fuzzer makes of packets, and of
// the payload of TCP and UDP, where it also builds ClientHello messages.
func FuzzPipe(f *testing.F) {
	for i, p := range packets(f) {
		if i%16 == 0 {
			f.Add(p, uint8(0))
		}
	}
	f.Add([]byte("GET / HTTP/1.1\r\nHost: \xff\xfe.example\r\nUser-Agent: curl/8\xee\x80\x80\r\n\r\n"), uint8(1))
	f.Add([]byte("SSH-2.0-x\xc3 \xa9y\r\n"), uint8(1))
	f.Add([]byte("\x00\x02\xff\xfe\x00\x00\x0a\x02\x0a\x0a"), uint8(3))
	f.Add([]byte("\x39\x05\x1b\x00\x40\x05\x00\x39\x02\x04\x00"), uint8(3))
	f.Add([]byte("\xa5\x05\x71\x29\x02UA\xa5\x04\x71\x29\x01V\x00\x06\x00\x04\x00\x00\x01a"), uint8(3))
	f.Add([]byte("\x0a\x06\x00\x04\x1a\x1a\x00\x02\x0a\x06\x00\x04\x2a\x2a\x00\x01"), uint8(3))
	f.Add(bytes.Repeat([]byte{0x17, 0}, 1500), uint8(3))
	f.Add(bytes.Repeat([]byte{0x17, 0}, 1100), uint8(3))
	f.Add([]byte("\x0a\x06\x00\x04\x1a\x1a\x00\x02\x0a\x06\x00\x04\x2a\x2a\x00\x01"), uint8(4))
	list := pipes(f)
	f.Fuzz(func(t *testing.T, data []byte, how uint8) {
		if len(data) > 1<<14 {
			return
		}
		for _, p := range list {
			p.compare(t, func(w *engine.Worker, dst []byte) []byte {
				k := flow.Key{Version: 4, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{192, 0, 2, 2}, SrcPort: 1025, DstPort: 443, Protocol: packet.ProtocolTCP}
				switch how % 5 {
				case 0:
					return w.Packet(dst, packet.LinkEthernet, data, 1e9)
				case 2:
					k.Protocol, k.DstPort = packet.ProtocolUDP, 3478
				case 3:
					return w.Payload(dst, &k, tlsHello(data), 1e9)
				case 4:
					k.Protocol = packet.ProtocolUDP
					return w.Payload(dst, &k, dtlsHello(data), 1e9)
				}
				return w.Payload(dst, &k, data, 1e9)
			})
		}
	})
}

// tlsHello makes a ClientHello of TLS, and dtlsHello one of DTLS.
func tlsHello(data []byte) []byte {
	body := hello("\x03\x03", "", data)
	n := len(body)
	head := []byte{22, 3, 1, byte((n + 4) >> 8), byte(n + 4), 1, 0, byte(n >> 8), byte(n)}
	return append(head, body...)
}

func dtlsHello(data []byte) []byte {
	body := hello("\xfe\xfd", "\x00", data)
	high, low := byte(len(body)>>8), byte(len(body))
	rest := len(body) + 12 // with the header of the handshake message
	out := []byte("\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00")
	out = append(out, byte(rest>>8), byte(rest), 1, 0, high, low, 0, 0, 0, 0, 0, 0, high, low)
	return append(out, body...)
}

// hello makes the body of a ClientHello with extensions out of any bytes: of
// each extension, one byte for its type, one for the length of its value, then
// the value.
func hello(version, cookie string, data []byte) []byte {
	var extensions []byte
	for len(data) > 1 && len(extensions) < 1<<14 {
		high, low := byte(0), data[0]
		switch {
		case low == 0xa5, low == 0x77:
			high = 0xff
		case low&0x0f == 0x0a && low > 0x0a:
			high = low
		}
		n := min(int(data[1]), len(data)-2)
		extensions = append(extensions, high, low, 0, byte(n))
		extensions = append(extensions, data[2:2+n]...)
		data = data[2+n:]
	}
	body := append([]byte(version), bytes.Repeat([]byte{'R'}, 32)...)
	body = append(body, 0)
	body = append(body, cookie...)
	body = append(body, "\x00\x04\x13\x01\x13\x02\x01\x00"...)
	body = append(body, byte(len(extensions)>>8), byte(len(extensions)))
	return append(body, extensions...)
}

// What the fuzz test makes reaches what it is for.
func TestPipeInputs(t *testing.T) {
	p := pipes(t)[0]
	for _, tt := range []struct {
		name    string
		payload []byte
		port    uint16
		proto   uint8
		want    string
	}{
		{"TLS", tlsHello([]byte("\x00\x06\x00\x04\x00\x00\x01a")), 443, packet.ProtocolTCP, `{"fingerprints":{"tls":"tls/(0303)(13011302)((0000))"},"tls":{"client":{"server_name":"a"}},"src_ip"`},
		{"DTLS with groups twice", dtlsHello([]byte("\x0a\x06\x00\x04\x1a\x1a\x00\x02\x0a\x06\x00\x04\x2a\x2a\x00\x01")), 443, packet.ProtocolUDP,
			`{"fingerprints":{"dtls":"dtls/(fefd)(13011302)((000a000600040a0a0002)(000a000600040a0a0001))"},"dtls":{"client":{}},"context":{"fingerprints":["dtls/1/`},
		{"a name that is not text", []byte("GET / HTTP/1.1\r\nHost: \xff\r\n\r\n"), 80, packet.ProtocolTCP,
			`{"fingerprints":{"http":"http/(474554)(485454502f312e31)((486f7374))"},"http":{"request":{}},"context":{"server_name_hex":"ff"},"src_ip"`},
		{"too long in format 0", tlsHello(bytes.Repeat([]byte{0x17, 0}, 1500)), 443, packet.ProtocolTCP,
			`{"tls":{"client":{}},"context":{"fingerprints":["tls/2/(0303)(13011302)[(0017)(0017)(0017)]"]},"src_ip"`},
	} {
		k := flow.Key{Version: 4, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{192, 0, 2, 2}, SrcPort: 1025, DstPort: tt.port, Protocol: tt.proto}
		p.compare(t, func(w *engine.Worker, dst []byte) []byte { return w.Payload(dst, &k, tt.payload, 1e9) })
		if !bytes.HasPrefix(p.out, []byte(tt.want)) {
			t.Errorf("%s:\ngot  %swant %s", tt.name, p.out, tt.want)
		}
	}
}

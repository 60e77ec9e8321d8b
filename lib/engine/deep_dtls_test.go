package engine_test

import (
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

// dtlsRecord is a record of DTLS 1.2 in an epoch.
func dtlsRecord(kind byte, epoch byte, fragment string) string {
	return string([]byte{kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, byte(len(fragment) >> 8), byte(len(fragment))}) + fragment
}

// dtlsPart is a part of a handshake message: of one with a type and a number,
// from an offset on.
func dtlsPart(kind, seq byte, body string, from, to int) string {
	n := to - from
	return string([]byte{kind, 0, byte(len(body) >> 8), byte(len(body)), 0, seq, 0, byte(from >> 8), byte(from), 0, byte(n >> 8), byte(n)}) + body[from:to]
}

// A ClientHello of DTLS 1.3 (RFC 9147, section 5.3) for dtls.example, and the
// answer to it.
const (
	dtlsClient = "\xfe\xfdRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x00\x02\x13\x01\x01\x00" +
		"\x00\x22\x00\x00\x00\x11\x00\x0f\x00\x00\x0cdtls.example\x00\x36\x00\x03\x02\xaa\xbb\x00\x2b\x00\x02\xfe\xfc"
	dtlsServer = "\xfe\xfdSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\xfe\xfc"
	dtlsCerts  = "\x00\x00\x10\x00\x00\x05first\x00\x00\x05other"
	dtlsRetry  = "\xfe\xfd" + retryRandom + "\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\xfe\xfc"
)

func dtlsBack(data string) []byte {
	return encode(ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP, 2, 1),
		&layers.UDP{SrcPort: 443, DstPort: 50000}, gopacket.Payload(data))
}

// dtlsHellos leaves of records what tells the hello in them.
func dtlsHellos(records []string) (all []string) {
	for _, r := range records {
		s := "other"
		switch {
		case strings.Contains(r, `"server_name":"dtls.example"`):
			s = "client"
		case strings.Contains(r, `"dtls_server":"dtls_server/(fefd)(1301)((002b0002fefc))"`):
			s = "server"
		case strings.Contains(r, `:{"certs":[{"base64":"Zmlyc3Q="},{"base64":"b3RoZXI="}]}`):
			s = "certificates, " + r[len(`{"dtls":{"`):strings.Index(r, `":{"certs"`)]
		}
		for _, x := range []string{"truncated", "reassembled"} {
			if strings.Contains(r, `"`+x+`":true`) {
				s += " " + x
			}
		}
		all = append(all, s)
	}
	return all
}

func TestDeepDTLS(t *testing.T) {
	whole := func(kind, seq byte, body string) string { return dtlsPart(kind, seq, body, 0, len(body)) }
	client := whole(1, 0, dtlsClient)
	halves := [2]string{dtlsPart(1, 0, dtlsClient, 0, 50), dtlsPart(1, 0, dtlsClient, 40, len(dtlsClient))}
	encrypted := dtlsRecord(23, 1, "xxxxxxxxxxxxxxxxxxxxxxxx")
	cid := "\x19\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x05\xaa\xbb\x00\x04abcd"
	unified := "\x3c\xaa\xbb\x00\x05\x00\x04abcd"
	to := func(data ...string) []byte { return udp(50000, 443, strings.Join(data, "")) }
	for name, tt := range map[string]struct {
		packets [][]byte
		want    []string
	}{
		"whole":               {[][]byte{to(dtlsRecord(22, 0, client))}, []string{"client"}},
		"again":               {[][]byte{to(dtlsRecord(22, 0, client)), to(dtlsRecord(22, 0, client))}, []string{"client"}},
		"two records":         {[][]byte{to(dtlsRecord(22, 0, halves[0]), dtlsRecord(22, 0, halves[1]))}, []string{"client"}},
		"two datagrams":       {[][]byte{to(dtlsRecord(22, 0, halves[0])), to(dtlsRecord(22, 0, halves[1]))}, []string{"client reassembled"}},
		"the other way round": {[][]byte{to(dtlsRecord(22, 0, halves[1])), to(dtlsRecord(22, 0, halves[0]))}, []string{"client reassembled"}},
		"a part again":        {[][]byte{to(dtlsRecord(22, 0, client)), to(dtlsRecord(22, 0, halves[0]))}, []string{"client"}},
		"a part is missing":   {[][]byte{to(dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 0, 75)))}, []string{"client truncated"}},
		"behind an alert":     {[][]byte{to(dtlsRecord(21, 0, "\x02\x28"), dtlsRecord(22, 0, client))}, []string{"client"}},
		"a retry": {[][]byte{
			to(dtlsRecord(22, 0, client)), dtlsBack(dtlsRecord(22, 0, whole(2, 0, dtlsRetry))),
			to(dtlsRecord(22, 0, whole(1, 1, dtlsClient))), dtlsBack(dtlsRecord(22, 0, whole(2, 1, dtlsServer)) + encrypted),
		}, []string{"client", "server", "client", "server"}},
		"behind another message": {[][]byte{dtlsBack(dtlsRecord(22, 0, whole(0, 0, "")+whole(2, 1, dtlsServer)))}, []string{"server"}},
		"behind a connection ID": {[][]byte{
			to(dtlsRecord(22, 0, client)), dtlsBack(dtlsRecord(22, 0, whole(2, 0, dtlsServer))),
			dtlsBack(cid + dtlsRecord(22, 0, whole(2, 1, dtlsServer))),
			dtlsBack(unified + dtlsRecord(22, 0, whole(2, 2, dtlsServer))),
		}, []string{"client", "server", "server", "server"}},
		"certificates": {[][]byte{
			to(dtlsRecord(22, 0, client)), dtlsBack(dtlsRecord(22, 0, whole(2, 0, dtlsServer)+whole(11, 1, dtlsCerts)+whole(12, 2, "x"))),
			to(dtlsRecord(22, 0, whole(11, 1, dtlsCerts)), dtlsRecord(22, 0, whole(16, 2, "x"))),
		}, []string{"client", "server", "certificates, server", "certificates, client"}},
		"certificates in parts": {[][]byte{
			dtlsBack(dtlsRecord(22, 0, dtlsPart(11, 1, dtlsCerts, 7, len(dtlsCerts)))), dtlsBack(dtlsRecord(22, 0, dtlsPart(11, 1, dtlsCerts, 0, 9))),
		}, []string{"certificates, undetermined reassembled"}},
		"nothing else": {[][]byte{to(encrypted), to(cid), to(unified), to(dtlsRecord(22, 1, client)), to("\x16\xfe\xfd")}, nil},
	} {
		if got := dtlsHellos(deepRecords(newDeepWorker(t), tt.packets)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// Hellos give the same records however they are cut into fragments, records
// and datagrams, in whatever order they come, and however often.
func TestDeepDTLSCut(t *testing.T) {
	bodies := []struct {
		kind byte
		body string
	}{{1, dtlsClient}, {2, dtlsServer}, {11, dtlsCerts}}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		var parts []string
		for seq, b := range bodies {
			for at := 0; at < len(b.body); {
				to := min(at+1+r.IntN([]int{3, 20, 90}[seed%3]), len(b.body))
				parts = append(parts, dtlsPart(b.kind, byte(seq), b.body, r.IntN(at+1), to))
				at = to
			}
		}
		for range 5 {
			parts = append(parts, parts[r.IntN(len(parts))])
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var packets [][]byte
		for len(parts) > 0 {
			data := ""
			for range 1 + r.IntN(4) {
				n := min(r.IntN(4), len(parts))
				data += dtlsRecord(22, 0, strings.Join(parts[:n], ""))
				parts = parts[n:]
			}
			packets = append(packets, udp(50000, 443, data))
		}
		got := dtlsHellos(deepRecords(newDeepWorker(t), packets))
		for i := range got {
			got[i] = strings.TrimSuffix(got[i], " reassembled")
		}
		slices.Sort(got)
		if len(got) > 0 { // who sent them is known behind the hello only
			got[0], _, _ = strings.Cut(got[0], ",")
		}
		if !slices.Equal(got, []string{"certificates", "client", "server"}) {
			t.Errorf("seed %d: %q", seed, got)
		}
	}
}

// Fragments that never end stay within bounds, and give what was seen.
func TestDeepDTLSBounds(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Deep: true, MinimizeRAM: true}})
	body := dtlsClient + strings.Repeat("x", 8000)
	const flows = 3000
	n := 0
	for i := range flows {
		out := w.Packet(nil, packet.LinkEthernet, udp(layers.UDPPort(1024+i), 443, dtlsRecord(22, 0, dtlsPart(1, 0, body, 0, 1200))), 0)
		n += strings.Count(string(out), "\n")
	}
	if n < flows-512 {
		t.Errorf("%d records, want those that made room for others", n)
	}
	for _, ok := w.Pending(); ok; _, ok = w.Pending() {
		n += strings.Count(string(w.Flush(nil)), "\n")
	}
	if n != flows {
		t.Errorf("%d records", n)
	}
}

func FuzzDeepDTLS(f *testing.F) {
	f.Add([]byte(dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 0, 50))), []byte(dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 40, len(dtlsClient)))))
	f.Add([]byte("\x19\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x05\xaa\xbb\x00\x04abcd"), []byte("\x3c\xaa\xbb\x00\x05\x00\x04abcd"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		w := newDeepWorker(t)
		for range 3 {
			deepRecords(w, [][]byte{udp(50000, 443, string(one[:min(len(one), 1400)])), dtlsBack(string(two[:min(len(two), 1400)]))})
		}
		if w.Counters().Panics != 0 {
			t.Error("a parser failed")
		}
	})
}

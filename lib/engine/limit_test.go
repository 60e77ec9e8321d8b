package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// dnsBomb is a DNS answer with n records in each section, whose names are compressed and take
// six bytes in JSON for each of theirs.
func dnsBomb(n int) string {
	name := strings.Repeat("\x3f"+strings.Repeat("\x01", 63), 3) + "\x00"
	answer := "\xc0\x0c\x00\x06\x00\x01\x00\x00\x00\x01\x00\x18\xc0\x0c\xc0\x0c" + strings.Repeat("\x00", 20)
	return "\x00\x01\x81\x80\x00\x01" + strings.Repeat(string([]byte{0, byte(n)}), 3) + name + "\x00\x06\x00\x01" + strings.Repeat(answer, 3*n)
}

func TestRecordLimit(t *testing.T) {
	added, err := members.Parse("all", 0)
	if err != nil {
		t.Fatal(err)
	}
	further, err := fingerprints.Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		t.Fatal(err)
	}
	options := proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true}
	agent := strings.Repeat("\x02", 40_000)
	tests := []struct {
		name    string
		packet  []byte
		cut     []string // members that are shortened; nil where none are
		missing string   // a member that is not there at all, wherever it belongs
	}{
		{"short", udp(53, 5000, dnsBomb(1)), nil, ""},
		{"long", udp(53, 5000, dnsBomb(25)), []string{"dns"}, ""},
		{"longer than any record", udp(53, 5000, dnsBomb(120)), []string{"dns"}, ""},
		{"a long user agent", tcp(5000, 80, 1, "GET / HTTP/1.1\r\nUser-Agent: "+agent+"\r\nHost: example.com\r\n\r\n"), []string{"http", "context"}, "user_agent"},
		{"many cipher suites", tcp(5000, 443, 1, handshake(1, helloWith(repeated("\x13\x07", 2000), ""))), []string{"cryptographic_security_assessment"}, ""},
		{"many header fields", tcp(5000, 80, 1, "GET / HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("A: b\r\n", 9000)+"\r\n"), []string{"http"}, ""},
	}
	for _, tt := range tests {
		for _, cfg := range []engine.Config{
			{Options: options, Context: true, Policies: policies},
			{Options: options, Context: true, Policies: policies, Members: added, Fingerprints: further},
		} {
			whole := newWorker(t, cfg).Packet(nil, packet.LinkEthernet, tt.packet, second)
			cfg.RecordLimit = envelope.MinLimit
			w := newWorker(t, cfg)
			got := w.Packet(nil, packet.LinkEthernet, tt.packet, second)
			if tt.cut == nil {
				if string(got) != string(whole) || len(got) == 0 || w.Counters().Shortened != 0 {
					t.Errorf("%s: got %s", tt.name, got)
				}
				continue
			}
			var r struct {
				SrcIP   string  `json:"src_ip"`
				Time    float64 `json:"event_start"`
				LeftOut struct {
					Bytes   int
					Members []string
				} `json:"left_out"`
			}
			if err := json.Unmarshal(got, &r); err != nil || len(got) > envelope.MinLimit {
				t.Fatalf("%s: %d bytes, %v: %.200s", tt.name, len(got), err, got)
			}
			if r.SrcIP != "192.0.2.1" || r.Time != 1 || w.Counters().Shortened != 1 || w.Counters().Records != 1 {
				t.Errorf("%s: %+v, %+v", tt.name, r, w.Counters())
			}
			if !slices.Equal(r.LeftOut.Members, tt.cut) {
				t.Errorf("%s: left out %v", tt.name, r.LeftOut)
			}
			if tt.missing != "" && strings.Contains(string(got), `"`+tt.missing+`"`) {
				t.Errorf("%s: %s is there: %s", tt.name, tt.missing, got)
			}
			if tt.name == "many header fields" || tt.name == "long" { // the list is not written to its end
				if r.LeftOut.Bytes == 0 || len(got) < envelope.MinLimit/4 {
					t.Errorf("%s: %d bytes left out, %d are there", tt.name, r.LeftOut.Bytes, len(got))
				}
				continue
			}
			if n := len(whole) - (len(got) - len(`,"left_out":{"bytes":,"members":[]}`)); len(whole) > 0 && (r.LeftOut.Bytes < n-100 || r.LeftOut.Bytes > n+100) && tt.missing == "" {
				t.Errorf("%s: %d bytes left out, of %d there are %d", tt.name, r.LeftOut.Bytes, len(whole), len(got))
			}
		}
	}
	if _, err := engine.New(engine.Config{RecordLimit: 1000}); err == nil {
		t.Error("no error for a limit that is too small")
	}
	if record.MaxLen < envelope.MinLimit {
		t.Error("no limit can be set")
	}
}

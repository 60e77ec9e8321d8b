package hoststats

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/npf"
)

// A report says that it is not complete, where a limit is why, and nobody
// asked for that limit.
func TestReportLimit(t *testing.T) {
	k := flowOf("10.0.0.1:1000", "10.0.0.2:443")
	for _, tt := range []struct {
		observed, limit int
		want            string
	}{
		{1, 1, ""},
		{3, 1, `, "limit" : 1, "dropped" : 2, `},
		{3, 0, ""},
	} {
		a := New(1)
		c := a.NewCollector()
		for i := range tt.observed {
			c.Client(npf.TLS, []byte{'t', byte('a' + i)}, k, nil, nil)
		}
		h := Header{Version: "1", Limit: tt.limit}
		var b strings.Builder
		if err := a.Take().Write(&b, &h); err != nil {
			t.Fatal(err)
		}
		line := b.String()
		if !json.Valid([]byte(line)) || strings.Contains(line, "dropped") != (tt.want != "") || !strings.Contains(line, tt.want) {
			t.Errorf("%+v: %s", tt, line)
		}
	}
}

// Texts have a limit of their own, by their bytes: each counts once.
func TestLimitText(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		a := New(0)
		a.LimitText(4 * (1000 + textCost))
		if ordered {
			a.Sequence()
		}
		c := a.NewCollector()
		number := uint64(0)
		observe := func(text byte, port uint16) {
			k := flowOf("10.0.0.1:1000", "10.0.0.2:443")
			k.DstPort = port
			number++
			c.Packet(number)
			c.Client(npf.TLS, []byte(strings.Repeat(string(text), 1000)), k, nil, nil)
		}
		for i := range uint16(100) { // each with few texts
			observe('a'+byte(i%4), i)
		}
		observe('x', 1) // one text too many
		observe('a', 1000)
		observe('a', 0)
		a.Advance(number + 1)
		observe('b', 2000)
		a.Advance(number + 1)
		if entries, dropped := a.Counts(); entries != 100 || dropped != 3 {
			t.Errorf("ordered: %v: %d entries, %d dropped", ordered, entries, dropped)
		}
		if r := a.Take(); r.Entries() != 100 || r.Dropped != 3 {
			t.Errorf("ordered: %v: %d entries, %d dropped in the report", ordered, r.Entries(), r.Dropped)
		}
		observe('y', 1) // room again
		if entries, dropped := a.Counts(); entries != 101 || dropped != 3 {
			t.Errorf("ordered: %v: %d entries, %d dropped in all", ordered, entries, dropped)
		}
	}
}

// BenchmarkBeyondLimit observes fingerprints that are all different when there
// are as many as may be.
func BenchmarkBeyondLimit(b *testing.B) {
	k := flowOf("10.0.0.1:1000", "10.0.0.2:443")
	const limit = 250_000
	a := New(limit)
	c := a.NewCollector()
	fp := []byte(strings.Repeat("(0303)(1301)", 10) + "12345678")
	next := uint64(0)
	observe := func() {
		next += 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(fp[len(fp)-8:], next)
		c.Client(npf.TLS, fp, k, []byte("example.com"), nil)
	}
	for range limit + 1 {
		observe()
	}
	for b.Loop() {
		observe()
	}
}

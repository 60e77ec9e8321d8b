package members

import (
	"fmt"
	"strings"
	"testing"

	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// What a Set remembers of earlier packets does not change what it writes.
func TestRemembered(t *testing.T) {
	l, err := Parse("flow_id,community_id,mac,vlan,file,packet,size,time_iso", 0)
	if err != nil {
		t.Fatal(err)
	}
	frames := func(src, dst, tags, address string, protocol byte, ports string) string {
		ip := "\x45\x00\x00\x1c\x00\x00\x00\x00\x40" + string([]byte{protocol}) + "\x00\x00\xc0\x00\x02\x01\xc0\x00\x02" + address + ports + "\x00\x08\x00\x00"
		return dst + src + tags + "\x08\x00" + ip
	}
	const a, b, c = "\x02\x00\x00\x00\x00\x0a", "\x02\x00\x00\x00\x00\x0b", "\x02\x00\x00\x00\x00\x0c"
	const ports, others = "\x04\x01\x00\x35", "\x04\x02\x00\x35"
	var list []Packet
	for _, link := range []uint16{packet.LinkEthernet, packet.LinkRaw} {
		for _, frame := range []string{
			frames(a, b, "", "\x02", 17, ports),
			frames(a, c, "", "\x02", 17, ports),
			frames(b, a, "", "\x02", 17, ports),
			frames(a, b, "\x81\x00\x00\x07", "\x02", 17, ports),
			frames(a, b, "\x81\x00\x00\x08", "\x02", 17, ports),
			frames(a, b, "\x91\x00\x00\x08", "\x02", 17, ports),
			frames(a, b, "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03", "\x02", 17, ports), // longer than what is remembered
			frames(a, b, "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x04", "\x02", 17, ports),
			frames(a, b, "", "\x03", 17, ports),
			frames(a, b, "", "\x02", 17, others),
			frames(a, b, "", "\x02", 6, ports),
			frames(a, b, "", "\x02", 1, "\x08\x00\x00\x00"),
			frames(a, b, "", "\x02", 1, "\x00\x00\x00\x00"),
			frames(a, b, "", "\x02", 1, "\x03\x01\x00\x00"),
		} {
			data := []byte(frame)
			if link == packet.LinkRaw {
				data = data[14:]
			}
			h := new(packet.Headers)
			packet.NewDecoder(packet.Config{}).Decode(h, link, data)
			k := key(h.Protocol, fmt.Sprintf("192.0.2.1:%d", h.SrcPort), fmt.Sprintf("192.0.2.%d:%d", data[len(data)-9], h.DstPort))
			list = append(list, Packet{Packet: &proto.Packet{Headers: h, Bytes: data, Key: *k}})
		}
	}
	for i := range list {
		p := &list[i]
		p.Time = []int64{0, -1, 1795457141005741003, 1795457141999999999, 1795457142000000000}[i%5]
	}
	s := l.NewSet()
	texts := map[string]bool{}
	files := []string{"", "a", "b", strings.Repeat("long", 100), strings.Repeat("LONG", 100), "a"}
	for _, file := range files {
		for n := range 3 * len(list) {
			i := n % len(list)
			origin := Origin{Source{File: file}, Place{Number: uint64(i), Length: 100}}
			fresh := l.NewSet()
			s.SetOrigin(origin)
			fresh.SetOrigin(origin)
			got, want := writeAll(s, list[i]), writeAll(fresh, list[i])
			if without := write(l.NewSet(), list[i]); !strings.Contains(want, idsOf(without)) {
				t.Errorf("packet %d: %s, want %s in it", i, want, idsOf(without))
			}
			if got != want {
				t.Errorf("packet %d:\ngot  %s\nwant %s", i, got, want)
			}
			texts[want] = true
		}
	}
	if len(texts) != len(list)*(len(files)-1) {
		t.Errorf("%d different texts of %d packets", len(texts), len(list))
	}
	last := writeAll(s, list[3]) // its time is the fourth
	if want := `"time_iso":"2026-11-23T18:05:41.999999999Z"}`; len(last) < len(want) || last[len(last)-len(want):] != want {
		t.Errorf("%s, want %s at the end", last, want)
	}
}

// What a Source says of places does not tell of a packet that is kept for later.
func TestPlaceOfSource(t *testing.T) {
	l, err := Parse("packet", 0)
	if err != nil {
		t.Fatal(err)
	}
	s, number := l.NewSet(), uint64(7)
	s.SetSource(Source{At: func() Place { return Place{Number: number} }})
	wants := func(want string) {
		t.Helper()
		if got := write(s, Packet{Packet: new(proto.Packet)}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	wants(`{"packet":7}`)
	kept := s.Origin()
	number++
	before := s.SetOrigin(kept)
	wants(`{"packet":7}`)
	s.SetOrigin(before)
	number++
	wants(`{"packet":9}`)
}

// writeAll writes the flow, too.
func writeAll(s *Set, p Packet) string {
	begin(s, p)
	var w record.Writer
	w.Object()
	s.WriteFlow(&w)
	s.WriteRecord(&w)
	w.EndObject()
	return string(w.Bytes())
}

// idsOf is the part of members that has the IDs of the flow.
func idsOf(text string) string {
	from := strings.Index(text, `"flow_id"`)
	return text[from:][:len(`"flow_id":"0123456789abcdef","community_id":"1:0123456789012345678901234567"`)]
}

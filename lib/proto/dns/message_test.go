package dns

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

const (
	overUDP = "message over UDP"
	overTCP = "message over TCP"
)

var jsonOptions = proto.Options{Select: proto.All(), DNSJSON: true}

// name encodes a name without compression.
func name(s string) string {
	var b strings.Builder
	for label := range strings.SplitSeq(s, ".") {
		if label != "" {
			b.WriteByte(byte(len(label)))
			b.WriteString(label)
		}
	}
	return b.String() + "\x00"
}

func u16(v ...int) string {
	var b []byte
	for _, x := range v {
		b = binary.BigEndian.AppendUint16(b, uint16(x))
	}
	return string(b)
}

func u32(v ...uint32) string {
	var b []byte
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return string(b)
}

// ask is a question, with the name encoded already.
func ask(name string, typ, class int) string { return name + u16(typ, class) }

// rr is a resource record of class IN.
func rr(owner string, typ int, data string) string {
	return owner + u16(typ, classIN) + u32(300) + u16(len(data)) + data
}

// msg is a message with identifier 1234 (hexadecimal).
func msg(flags int, counts [4]int, records ...string) []byte {
	return []byte(u16(0x1234, flags, counts[0], counts[1], counts[2], counts[3]) + strings.Join(records, ""))
}

const (
	first   = "\xc0\x0c" // a pointer to the first question's name
	netbios = "EGEJFCEFEEEPEHCACACACACACACACAAA"
)

// answers is a response to a question for x with the given answers.
func answers(records ...string) []byte {
	return msg(0x8180, [4]int{1, len(records)}, append([]string{ask(name("x"), typeA, classIN)}, records...)...)
}

const askedX = `"question":[{"name":"x.","type":"A","class":"IN"}],`

func TestMessages(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"query", msg(0x0100, [4]int{1}, ask(name("example.com"), typeA, classIN)),
			`"dns":{"query":{"question":[{"name":"example.com.","type":"A","class":"IN"}],"id":"3412"}}`},
		{"unicast response wanted", msg(0, [4]int{1}, ask(name("a"), typeAAAA, 0x8001)),
			`"dns":{"query":{"question":[{"name":"a.","type":"AAAA","class":"IN"}],"id":"3412"}}`},
		{"codes without a name", msg(0, [4]int{1}, ask(name("a"), 999, 7)),
			`"dns":{"query":{"question":[{"name":"a.","type":"UNKNOWN","type_code":999,"class":"UNKNOWN","class_code":7}],"id":"3412"}}`},
		{"two questions", msg(0, [4]int{2}, ask(name("a"), 255, 255), ask(first, 32769, 4)),
			`"dns":{"query":{"question":[{"name":"a.","type":"WILDCARD","class":"UNKNOWN","class_code":255},{"name":"a.","type":"DLV","class":"HS"}],"id":"3412"}}`},
		{"all sections", msg(0x8180, [4]int{1, 1, 1, 2}, ask(name("x"), typeA, classIN), rr(first, typeA, "\x01\x02\x03\x04"), rr(first, typeNS, name("ns.x")), rr("\x00", 41, ""), rr(first, typeA, "\x05\x06\x07\x08")),
			`"dns":{"response":{` + askedX + `"answer":[{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":"1.2.3.4"}],` +
				`"authority":[{"name":"x.","type":"NS","class":"IN","ttl":300,"ns_domain_name":"ns.x."}],` +
				`"additional":[{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":"5.6.7.8"}],"id":"3412"}}`},
		{"no question", msg(0x8400, [4]int{0, 1}, rr(name("a"), typeA, "\x01\x02\x03\x04")),
			`"dns":{"response":{"answer":[{"name":"a.","type":"A","class":"IN","ttl":300,"ipv4_addr":"1.2.3.4"}],"id":"3412"}}`},
		{"sections that are not there", msg(0x8180, [4]int{1, 3, 2, 1}, ask(name("x"), typeA, classIN)),
			`"dns":{"response":{` + askedX + `"answer":[],"authority":[],"additional":[],"id":"3412"}}`},
		{"most records", msg(0, [4]int{1, 256, 256, 256}, ask(name("x"), typeA, classIN)),
			`"dns":{"query":{` + askedX + `"answer":[],"authority":[],"additional":[],"id":"3412"}}`},
		{"nbns query", msg(0x0110, [4]int{1}, ask(name(netbios), typeNB, classIN)),
			`"nbns":{"query":{"question":[{"name":"FIREDOG        \u0000","type":"NB","class":"IN"}],"id":"3412"}}`},
		{"nbns in the second question", msg(0, [4]int{2}, ask(name("x"), typeNB, classIN), ask(name(netbios), typeA, classIN)),
			`"nbns":{"query":{"question":[{"name":"x.","type":"UNKNOWN","type_code":32,"class":"IN"},{"name":"FIREDOG        \u0000","type":"UNKNOWN","type_code":1,"class":"IN"}],"id":"3412"}}`},
		{"netbios name in an answer only", msg(0x8180, [4]int{1, 1}, ask(name("x"), typeA, classIN), rr(name(netbios), typeNB, "\xe0\x00\x01\x02\x03\x04")),
			`"dns":{"response":{` + askedX + `"answer":[{"name":"FIREDOG        \u0000","type":"NB","class":"IN","ttl":300,"nb":{"group_name_flag":1,"owner_node_type":3,"ipv4_addr":"1.2.3.4"}}],"id":"3412"}}`},
		{"nothing asked nor answered", msg(0, [4]int{0, 0, 1, 1}, rr(name("a"), typeA, "1234"), rr(name("a"), typeA, "1234")), "none"},
		{"root asked", msg(0, [4]int{1}, ask("\x00", typeNS, classIN)), "none"},
		{"root among the questions", msg(0, [4]int{2}, ask(name("a"), typeNS, classIN), ask("\x00", typeNS, classIN)), "none"},
		{"root answered without a question", msg(0x8180, [4]int{0, 2}, rr(name("a"), typeA, "1234"), rr("\x00", typeA, "1234")), "none"},
		{"a question is missing", msg(0, [4]int{2}, ask(name("a"), typeA, classIN)), "none"},
		{"question cut off", msg(0, [4]int{1}, name("a"), u16(1), "\x00"), "none"},
		{"too many questions", msg(0, [4]int{257}, ask(name("a"), typeA, classIN)), "none"},
		{"too many answers", msg(0, [4]int{1, 257}, ask(name("a"), typeA, classIN)), "none"},
		{"too many authorities", msg(0, [4]int{1, 0, 257}, ask(name("a"), typeA, classIN)), "none"},
		{"too many additional records", msg(0, [4]int{1, 0, 0, 257}, ask(name("a"), typeA, classIN)), "none"},
		{"header cut off", msg(0, [4]int{1})[:11], "none"},
		{"empty", nil, "none"},
	}
	for _, tt := range tests {
		if got := p.Record(tt.data); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		p.Truncated(tt.data)
	}
}

func TestBase64(t *testing.T) {
	data := append(msg(0x0100, [4]int{1}, ask(name("example.com"), typeA, classIN)), "what follows"...)
	want := fmt.Sprintf(`"dns":{"base64":"%s"}`, base64.StdEncoding.EncodeToString(data))
	p := prototest.New(t, Protocol, overUDP, proto.Options{Select: proto.All()})
	if got := p.Record(data); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p.NoAllocations(data)
}

// In TCP, the message is what the two bytes of length say, and "nbns" needs
// no selection of its own.
func TestTCP(t *testing.T) {
	p := prototest.New(t, Protocol, overTCP, proto.Options{Select: proto.Selection{"dns": true}})
	m := msg(0x0100, [4]int{1}, ask(name("a"), typeA, classIN))
	record := func(m []byte) string {
		return fmt.Sprintf(`"dns":{"base64":"%s"}`, base64.StdEncoding.EncodeToString(m))
	}
	prefixed := append([]byte(u16(len(m))), m...)
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"whole", prefixed, record(m)},
		{"another message behind", append(prefixed[:len(prefixed):len(prefixed)], prefixed...), record(m)},
		{"length too large", append([]byte("\xff\xff"), m...), record(m)},
		{"length too small", append([]byte(u16(len(m)-1)), m...), "none"},
		{"length 0", append([]byte("\x00\x00"), m...), "none"},
		{"only a length", []byte("\x00\x20"), "none"},
		{"half a length", []byte("\x00"), "none"},
		{"empty", nil, "none"},
	} {
		if got := p.Record(tt.data); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	nb := msg(0x0110, [4]int{1}, ask(name(netbios), typeNB, classIN))
	want := strings.Replace(record(nb), "dns", "nbns", 1)
	if got := p.Record(append([]byte(u16(len(nb))), nb...)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Which of the three protocols a message is one of depends on its flow first,
// and then on its names; it must be selected.
func TestSelection(t *testing.T) {
	plain := msg(0, [4]int{1}, ask(name("a"), typeA, classIN))
	named := msg(0, [4]int{1}, ask(name(netbios), typeNB, classIN))
	group := flow.Key{Version: 4, Protocol: 17, SrcPort: 1000, DstPort: 5353}
	copy(group.Dst[:], "\xe0\x00\x00\xfb")
	group6 := flow.Key{Version: 6, Protocol: 17, SrcPort: 1000, DstPort: 5353}
	copy(group6.Dst[:], "\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfb")
	ports := flow.Key{Version: 6, Protocol: 17, SrcPort: 5353, DstPort: 5353}
	other := flow.Key{Version: 4, Protocol: 17, SrcPort: 5353, DstPort: 1000}
	for _, tt := range []struct {
		name string
		key  flow.Key
		data []byte
		want string // selector and member
	}{
		{"other", other, plain, "dns"},
		{"other, named", other, named, "nbns"},
		{"group", group, plain, "mdns"},
		{"group, named", group, named, "mdns"},
		{"IPv6 group, one port", group6, plain, "dns"},
		{"ports", ports, plain, "mdns"},
	} {
		for _, selected := range []string{"dns", "nbns", "mdns", "all"} {
			p := prototest.New(t, Protocol, overUDP, proto.Options{Select: proto.Selection{selected: true}})
			p.Packet.Key = tt.key
			want := selected == tt.want || selected == "all"
			got := p.Record(tt.data)
			if (got != "none") != want || want && !strings.HasPrefix(got, `"`+tt.want+`"`) {
				t.Errorf("%s, %s selected: %s", tt.name, selected, got)
			}
		}
	}
}

func TestMatch(t *testing.T) {
	var udp, tcp detect.Table
	udp.Add(1, Protocol.Messages[0].Match[0])
	tcp.Add(1, Protocol.Messages[1].Match[0])
	for _, tt := range []struct {
		data string
		want detect.Kind
	}{
		{u16(0xffff, 0x8180, 1, 127), 1},
		{u16(0, 0, 255, 0), 1},
		{u16(0, 0, 1, 128), 0},
		{u16(0, 0, 256, 0), 0},
		{u16(0, 0x1000, 1, 0), 0}, // opcode 2 or 3, say
		{u16(0, 0x0040, 1, 0), 0}, // a bit that must be 0
		{u16(0, 0x0008, 1, 0), 0}, // a response code above 7
		{u16(0, 0, 1), 0},
	} {
		if got := udp.Find([]byte(tt.data), 1, 2); got != tt.want {
			t.Errorf("%x: %v", tt.data, got)
		}
		// All but the number of answers is looked at in TCP.
		if got := tcp.Find([]byte("\x00\x20"+tt.data), 1, 2); tt.want == 1 && got != 1 {
			t.Errorf("%x in TCP: %v", tt.data, got)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	p.NoAllocations(allRecords())
}

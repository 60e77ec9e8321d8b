package cdp

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
)

const head = "\xaa\xaa\x03\x00\x00\x0c\x20\x00" + "\x02\xb4\x12\x34"

func u16(n int) string { return string([]byte{byte(n >> 8), byte(n)}) }

func element(typ int, value string) string { return u16(typ) + u16(len(value)+4) + value }

func address(protocol, addr string) string {
	return "\x01" + string([]byte{byte(len(protocol))}) + protocol + u16(len(addr)) + addr
}

const llcIPv6 = "\xaa\xaa\x03\x00\x00\x00\x86\xdd"

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	v6 := "\x20\x01" + strings.Repeat("\x00", 13) + "\x01"
	for _, tt := range []struct{ name, elements, want string }{
		{"device", element(1, "sw\"1\xff"), `{"device_id":"sw\"1\ufffd"}`},
		{"port", element(3, "Gi0/1"), `{"interface":"Gi0/1"}`},
		{"capabilities", element(4, "\x00\x00\x00\x28"), `{"capabilities":"00000028"}`},
		{"software", element(5, "v1\nx"), `{"software_version":"v1\u000ax"}`},
		{"platform", element(6, "cisco"), `{"platform":"cisco"}`},
		{"domain", element(9, "d"), `{"vtp_domain":"d"}`},
		{"VLAN", element(10, "\x00\x01"), `{"native_vlan_tag":"0001"}`},
		{"full duplex", element(11, "\x80"), `{"full_duplex":true}`},
		{"half duplex", element(11, "\x01"), `{"full_duplex":false}`},
		{"duplex of two bytes", element(11, "\x80\x80"), `{}`},
		{"MTU", element(17, "\x00\x00\x05\xdc"), `{"mtu":1500}`},
		{"long MTU", element(17, "\x01\xff\xff\xff\xff\xff\xff\xff\xff"), `{"mtu":18446744073709551615}`},
		{"system name", element(20, "s"), `{"sys_name_fqdn":"s"}`},
		{"system identifier", element(21, "\x06\x01"), `{"sys_mib_oid":"0601"}`},
		{"other", element(0x16, "ab"), `{"type":22,"length":6,"value":"6162"}`},
		{"addresses", element(2, "\x00\x00\x00\x02"+address("\xcc", "\x01\x02\x03\x04")+address(llcIPv6, v6)), `{"addresses":[{"ipv4_addr":"1.2.3.4"},{"ipv6_addr":"2001::1"}]}`},
		{"other addresses", element(2, "\x00\x00\x00\x04"+address("\x81", "\x01\x02\x03\x04")+address("\xcc", v6)+address(llcIPv6, "\x01\x02\x03\x04")+address("", "\x01\x02\x03\x04")), `{"addresses":[{},{},{},{}]}`},
		{"fewer addresses than it says", element(2, "\x00\x00\x00\x03"+address("\xcc", "\x01\x02\x03\x04")), `{"addresses":[{"ipv4_addr":"1.2.3.4"},{},{}]}`},
		{"more addresses than it says", element(2, "\x00\x00\x00\x00"+address("\xcc", "\x01\x02\x03\x04")), `{"addresses":[]}`},
		{"address cut off", element(2, "\x00\x00\x00\x01\x01\x01\xcc\x00\x04\x01\x02\x03"), `{"addresses":[{}]}`},
		{"number of addresses cut off", element(2, "\x00\x00\x01"), `{"addresses":[]}`},
		{"two", element(1, "a") + element(3, "b"), `{"device_id":"a"},{"interface":"b"}`},
		{"empty element ends it", element(1, "a") + element(3, "") + element(3, "b"), `{"device_id":"a"}`},
		{"element cut off ends it", element(1, "a") + "\x00\x03\x00\x09b", `{"device_id":"a"}`},
		{"length too small", element(1, "a") + "\x00\x03\x00\x03bcde", `{"device_id":"a"}`},
		{"header cut off", element(1, "a") + "\x00\x03\x00", `{"device_id":"a"}`},
		{"nothing whole", "\x00", ``},
	} {
		data := []byte(head + tt.elements)
		want := `"cdp":[` + tt.want + `]`
		if got := p.Record(data); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		p.Truncated(data)
	}
	for n := range len(head) + 1 {
		if got := p.Record([]byte(head[:n])); got != "none" {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
	p.NoAllocations([]byte(head + element(1, "sw") + element(2, "\x00\x00\x00\x01"+address("\xcc", "\x01\x02\x03\x04")) + element(11, "\x80")))
}

// A number of addresses that nobody can have does not make a record, nor do
// many of them use memory without end.
func TestManyAddresses(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	if got := p.Record([]byte(head + strings.Repeat(element(2, "\xff\xff\xff\xff"), 8000))); got != "none" {
		t.Errorf("got %d bytes", len(got))
	}
	addresses := func(n int) string {
		return p.Record([]byte(head + element(2, string([]byte{0, byte(n >> 16), byte(n >> 8), byte(n)}))))
	}
	for n, want := range []string{"", "{}", "{},{}", "{},{},{}"} {
		want = `"cdp":[{"addresses":[` + want + `]}]`
		if got := addresses(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// One more than a record has room for is none.
	most := (record.MaxLen - len(`{"cdp":[{"addresses":[]}]}`) + 1) / len(",{}")
	for _, n := range []int{most, most + 1} {
		if got := addresses(n); (got != "none") != (n == most) {
			t.Errorf("%d addresses give %d bytes", n, len(got))
		}
	}
}

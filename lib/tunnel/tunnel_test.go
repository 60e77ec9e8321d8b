package tunnel

import (
	"testing"

	"merctools/lib/record"
	"merctools/lib/wire"
)

const (
	macs = "\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04"
	ipv4 = "\x08\x00"
	ipv6 = "\x86\xdd"
)

func TestTunnels(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		port       uint16
		want       bool
		rest       string
		record     string
	}{
		{"GRE", "\x00\x00" + ipv4 + "data", PortGRE, true, "data", `"protocol_type":2048`},
		{"GRE, IPv6", "\x00\x00" + ipv6 + "data", PortGRE, true, "data", `"protocol_type":34525`},
		{"GRE, checksum", "\x80\x00" + ipv4 + "\xab\xcd\x00\x00data", PortGRE, true, "data", `"protocol_type":2048`},
		// A key is not passed over.
		{"GRE, key", "\x20\x00" + ipv4 + "\x00\x00\x00\x07data", PortGRE, true, "\x00\x00\x00\x07data", `"protocol_type":2048`},
		{"GRE, checksum cut off", "\x80\x00" + ipv4 + "\xab\xcd\x00", PortGRE, true, "", `"protocol_type":2048`},
		{"GRE, Ethernet", "\x00\x00\x65\x58data", PortGRE, false, "data", `"protocol_type":25944`},
		{"GRE, nothing inside", "\x00\x00" + ipv4, PortGRE, true, "", `"protocol_type":2048`},
		{"GRE, type cut off", "\x00\x00\x08", PortGRE, false, "", `"protocol_type":0`},
		{"GRE, empty", "", PortGRE, false, "", `"protocol_type":0`},

		{"VXLAN", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + ipv4 + "data", PortVXLAN, true, "data", ""},
		{"VXLAN, VLAN", "\xff\x00\x00\x00\x00\x00\x07\x00" + macs + "\x81\x00\x00\x01" + ipv6 + "data", PortVXLAN, true, "data", ""},
		{"VXLAN, PPPoE", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x88\x64\x11\x00\x00\x01\x00\x20\x00\x21data", PortVXLAN, true, "data", ""},
		{"VXLAN without a valid network", "\xf7\x00\x00\x00\x00\x00\x07\x00" + macs + ipv4 + "data", PortVXLAN, false, macs + ipv4 + "data", ""},
		{"VXLAN, ARP", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x08\x06data", PortVXLAN, false, "data", ""},
		{"VXLAN, frame cut off", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x08", PortVXLAN, false, "", ""},
		{"VXLAN, cut off", "\x08\x00\x00\x00\x00\x00\x07", PortVXLAN, false, "", ""},
		{"VXLAN, empty", "", PortVXLAN, false, "", ""},

		{"GENEVE", "\x00\x00" + ipv4 + "\x00\x00\x07\x00data", PortGENEVE, true, "data", `"protocol_type":2048`},
		{"GENEVE, IPv6 and options", "\x02\x40" + ipv6 + "\x00\x00\x07\x0012345678data", PortGENEVE, true, "data", `"protocol_type":34525`},
		{"GENEVE, version", "\xc1\x00" + ipv4 + "\x00\x00\x07\x001234data", PortGENEVE, true, "data", `"protocol_type":2048`},
		{"GENEVE, Ethernet", "\x00\x00\x65\x58\x00\x00\x07\x00" + macs + ipv4 + "data", PortGENEVE, true, "data", `"protocol_type":25944`},
		{"GENEVE, Ethernet with ARP", "\x00\x00\x65\x58\x00\x00\x07\x00" + macs + "\x08\x06data", PortGENEVE, false, "data", `"protocol_type":25944`},
		{"GENEVE, loopback", "\x00\x00\x00\x00\x00\x00\x07\x00\x1e\x00\x00\x00data", PortGENEVE, true, "data", `"protocol_type":0`},
		{"GENEVE, other loopback", "\x00\x00\x00\x00\x00\x00\x07\x00\x07\x00\x00\x00data", PortGENEVE, false, "data", `"protocol_type":0`},
		{"GENEVE, ARP", "\x00\x00\x08\x06\x00\x00\x07\x00data", PortGENEVE, false, "data", `"protocol_type":2054`},
		{"GENEVE, options cut off", "\x3f\x00" + ipv4 + "\x00\x00\x07\x00data", PortGENEVE, true, "", `"protocol_type":2048`},
		{"GENEVE, cut off", "\x00\x00" + ipv4 + "\x00\x00", PortGENEVE, true, "", `"protocol_type":2048`},
		{"GENEVE, empty", "", PortGENEVE, false, "", `"protocol_type":0`},
	} {
		var h Header
		c := wire.Of([]byte(tt.data))
		if got := h.ParseUDP(&c, tt.port); got != tt.want || string(c) != tt.rest {
			t.Errorf("%s: %v, rest %q", tt.name, got, c)
		}
		var w record.Writer
		w.Object()
		h.WriteRecord(&w)
		w.EndObject()
		if got := string(w.Bytes()); got != "{"+tt.record+"}" {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestType(t *testing.T) {
	for typ, want := range []string{"ip encapsulation", "gre", "geneve", "vxlan"} {
		if got := Type(typ).String(); got != want {
			t.Errorf("%d: %q", typ, got)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	data := []byte("\x02\x00\x65\x58\x00\x00\x07\x0012345678" + macs + ipv4 + "data")
	if n := testing.AllocsPerRun(100, func() {
		var h Header
		c := wire.Of(data)
		h.ParseUDP(&c, PortGENEVE)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(uint16(PortGRE), []byte("\x80\x00"+ipv4+"\xab\xcd\x00\x00data"))
	f.Add(uint16(PortVXLAN), []byte("\x08\x00\x00\x00\x00\x00\x07\x00"+macs+ipv4+"data"))
	f.Add(uint16(PortGENEVE), []byte("\x02\x00\x65\x58\x00\x00\x07\x0012345678"+macs+ipv4))
	f.Fuzz(func(t *testing.T, port uint16, b []byte) {
		var h Header
		c := wire.Of(b)
		h.ParseUDP(&c, port)
		if len(c) > len(b) {
			t.Errorf("%d bytes left of %d", len(c), len(b))
		}
	})
}

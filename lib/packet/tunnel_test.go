package packet

import (
	"strings"
	"testing"

	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestTunnels(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		port       uint16
		want       bool
		rest       string
		record     string
	}{
		{"GRE", "\x00\x00" + ipv4Type + "data", PortGRE, true, "data", `"protocol_type":2048`},
		{"GRE, IPv6", "\x00\x00" + ipv6Type + "data", PortGRE, true, "data", `"protocol_type":34525`},
		{"GRE, checksum", "\x80\x00" + ipv4Type + "\xab\xcd\x00\x00data", PortGRE, true, "data", `"protocol_type":2048`},
		// A key is not passed over.
		{"GRE, key", "\x20\x00" + ipv4Type + "\x00\x00\x00\x07data", PortGRE, true, "\x00\x00\x00\x07data", `"protocol_type":2048`},
		{"GRE, checksum cut off", "\x80\x00" + ipv4Type + "\xab\xcd\x00", PortGRE, true, "", `"protocol_type":2048`},
		{"GRE, Ethernet", "\x00\x00\x65\x58data", PortGRE, false, "data", `"protocol_type":25944`},
		{"GRE, nothing inside", "\x00\x00" + ipv4Type, PortGRE, true, "", `"protocol_type":2048`},
		{"GRE, type cut off", "\x00\x00\x08", PortGRE, false, "", `"protocol_type":0`},
		{"GRE, empty", "", PortGRE, false, "", `"protocol_type":0`},

		{"VXLAN", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + ipv4Type + "data", PortVXLAN, true, "data", ""},
		{"VXLAN, VLAN", "\xff\x00\x00\x00\x00\x00\x07\x00" + macs + "\x81\x00\x00\x01" + ipv6Type + "data", PortVXLAN, true, "data", ""},
		{"VXLAN, PPPoE", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x88\x64\x11\x00\x00\x01\x00\x20\x00\x21data", PortVXLAN, true, "data", ""},
		{"VXLAN without a valid network", "\xf7\x00\x00\x00\x00\x00\x07\x00" + macs + ipv4Type + "data", PortVXLAN, false, macs + ipv4Type + "data", ""},
		{"VXLAN, ARP", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x08\x06data", PortVXLAN, false, "data", ""},
		{"VXLAN, frame cut off", "\x08\x00\x00\x00\x00\x00\x07\x00" + macs + "\x08", PortVXLAN, false, "", ""},
		{"VXLAN, cut off", "\x08\x00\x00\x00\x00\x00\x07", PortVXLAN, false, "", ""},
		{"VXLAN, empty", "", PortVXLAN, false, "", ""},

		{"GENEVE", "\x00\x00" + ipv4Type + "\x00\x00\x07\x00data", PortGENEVE, true, "data", `"protocol_type":2048`},
		{"GENEVE, IPv6 and options", "\x02\x40" + ipv6Type + "\x00\x00\x07\x0012345678data", PortGENEVE, true, "data", `"protocol_type":34525`},
		{"GENEVE, version", "\xc1\x00" + ipv4Type + "\x00\x00\x07\x001234data", PortGENEVE, true, "data", `"protocol_type":2048`},
		{"GENEVE, Ethernet", "\x00\x00\x65\x58\x00\x00\x07\x00" + macs + ipv4Type + "data", PortGENEVE, true, "data", `"protocol_type":25944`},
		{"GENEVE, Ethernet with ARP", "\x00\x00\x65\x58\x00\x00\x07\x00" + macs + "\x08\x06data", PortGENEVE, false, "data", `"protocol_type":25944`},
		{"GENEVE, loopback", "\x00\x00\x00\x00\x00\x00\x07\x00\x1e\x00\x00\x00data", PortGENEVE, true, "data", `"protocol_type":0`},
		{"GENEVE, other loopback", "\x00\x00\x00\x00\x00\x00\x07\x00\x07\x00\x00\x00data", PortGENEVE, false, "data", `"protocol_type":0`},
		{"GENEVE, ARP", "\x00\x00\x08\x06\x00\x00\x07\x00data", PortGENEVE, false, "data", `"protocol_type":2054`},
		{"GENEVE, options cut off", "\x3f\x00" + ipv4Type + "\x00\x00\x07\x00data", PortGENEVE, true, "", `"protocol_type":2048`},
		{"GENEVE, cut off", "\x00\x00" + ipv4Type + "\x00\x00", PortGENEVE, true, "", `"protocol_type":2048`},
		{"GENEVE, empty", "", PortGENEVE, false, "", `"protocol_type":0`},
	} {
		for _, u := range udpTunnels {
			if u.port != tt.port {
				continue
			}
			c, protocol, got := u.read(wire.Of([]byte(tt.data)))
			if got != tt.want || string(c) != tt.rest {
				t.Errorf("%s: %v, rest %q", tt.name, got, c)
			}
			h := Headers{tunnelCount: 1, tunnels: [MaxTunnels]Tunnel{{Type: u.tunnel, Protocol: protocol}}}
			var w record.Writer
			w.Object()
			h.WriteTunnels(&w, []byte(v4(20, ProtocolUDP, "")))
			w.EndObject()
			want := `{"encapsulations":[{"type":"` + u.tunnel.String() + `","src_ip":"10.0.0.1","dst_ip":"192.0.2.7",` + tt.record
			if got := string(w.Bytes()); got != strings.TrimSuffix(want, ",")+"}]}" {
				t.Errorf("%s: %s", tt.name, got)
			}
		}
	}
}

func TestTunnelType(t *testing.T) {
	for typ, want := range []string{"none", "ip encapsulation", "gre", "geneve", "vxlan"} {
		if got := TunnelType(typ).String(); got != want {
			t.Errorf("%d: %q", typ, got)
		}
	}
	var s TunnelSet
	s.Add(TunnelGRE)
	if !s.Has(TunnelGRE) || s.Has(TunnelVXLAN) || s.Has(TunnelIP) {
		t.Errorf("%b", s)
	}
}

func FuzzTunnel(f *testing.F) {
	f.Add(uint16(PortGRE), []byte("\x80\x00"+ipv4Type+"\xab\xcd\x00\x00data"))
	f.Add(uint16(PortVXLAN), []byte("\x08\x00\x00\x00\x00\x00\x07\x00"+macs+ipv4Type+"data"))
	f.Add(uint16(PortGENEVE), []byte("\x02\x00\x65\x58\x00\x00\x07\x0012345678"+macs+ipv4Type))
	f.Fuzz(func(t *testing.T, port uint16, b []byte) {
		for _, u := range udpTunnels {
			if u.port != port {
				continue
			}
			if c, _, _ := u.read(wire.Of(b)); len(c) > len(b) {
				t.Errorf("%d bytes left of %d", len(c), len(b))
			}
		}
	})
}

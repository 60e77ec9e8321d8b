package lldp

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func element(typ int, value string) string {
	header := typ<<9 | len(value)
	return string([]byte{byte(header >> 8), byte(header)}) + value
}

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for _, tt := range []struct{ name, data, want string }{
		{"chassis, hardware address", element(1, "\x04\x00\x11\x22\x33\x44\x55"), `{"chassis_id":{"mac_address":"00:11:22:33:44:55"}}`},
		{"chassis, address too long", element(1, "\x04\x00\x11\x22\x33\x44\x55\x66"), `{"chassis_id":{"mac_address":"00:11:22:33:44:55"}}`},
		{"chassis, address too short", element(1, "\x04\x00\x11"), `{"chassis_id":{"mac_address":""}}`},
		{"chassis, name", element(1, "\x07name"), `{"chassis_id":{}}`},
		{"chassis, subtype only", element(1, "\x04"), `{}`},
		{"chassis, empty", element(1, ""), `{}`},
		{"port", element(2, "\x05eth0\xff"), `{"port_id":{"xxx":"eth0\ufffd"}}`},
		{"port, subtype only", element(2, "\x05"), `{}`},
		{"port, empty", element(2, ""), `{}`},
		{"time to live", element(3, "\x00\x78"), `{"ttl":120}`},
		{"time to live, too long", element(3, "\x00\x78\x01"), `{"ttl":120}`},
		{"time to live, too short", element(3, "\x01"), `{"ttl":0}`},
		{"descriptions", element(4, "p") + element(5, "n") + element(6, "d\n"), `{"port_description":"p"},{"system_name":"n"},{"system_description":"d\u000a"}`},
		{"empty descriptions", element(4, "") + element(5, "") + element(6, ""), `{},{},{}`},
		{"longest name", element(5, strings.Repeat("n", 511)), `{"system_name":"` + strings.Repeat("n", 511) + `"}`},
		{"capabilities", element(7, "\x00\x14\x00\x10"), `{"system_capabilities":{"capabilities":["mac_bridge","router"],"enabled_capabilities":["router"]}}`},
		{"all capabilities", element(7, "\xff\xff\x00\x00"), `{"system_capabilities":{"capabilities":["other","repeater","mac_bridge","wlan_access_point","router","telephone","docsis_cable_device","station_only","c_vlan","s_vlan","two_port_mac_relay","reserved","reserved","reserved","reserved","reserved"],"enabled_capabilities":[]}}`},
		{"capabilities too short", element(7, "\x00\x14\x00"), `{}`},
		{"management address", element(8, "\x05\x01\x0a\x00\x00\x01"), `{"management_address":"05010a000001"}`},
		{"no management address", element(8, ""), `{"management_address":""}`},
		{"organization", element(127, "\x00\x12\x0f\x01ab"), `{"organizationally_specific_tlv":{"oui":4623,"subtype":1,"substring":"6162"}}`},
		{"organization without a value", element(127, "\x00\x12\x0f\x01"), `{}`},
		{"organization cut off", element(127, "\x00\x12"), `{}`},
		{"other", element(9, "ab") + element(126, ""), `{"type_code":9,"information_string":"6162"},{"type_code":126,"information_string":""}`},
		{"end", element(5, "n") + element(0, ""), `{"system_name":"n"},{}`},
		{"end that is not empty", element(0, "ab"), `{"end_of_pdu":{"unexpected_data":"6162"}}`},
		{"behind the end", element(0, "") + element(5, "n"), `{},{"system_name":"n"}`},
		{"value cut off", "\x06\x02\x00", `{"ttl":0}`},
		{"text cut off", element(5, "name")[:4], `{}`},
		{"header cut off", element(5, "n") + "\x02", `{"system_name":"n"},{}`},
		{"empty", "", ""},
	} {
		data := []byte(tt.data)
		if got, want := p.Record(data), `"lldp":[`+tt.want+`]`; got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		p.Truncated(data)
	}
	p.NoAllocations([]byte(element(1, "\x04\x00\x11\x22\x33\x44\x55") + element(2, "\x05eth0") + element(7, "\x00\x14\x00\x10") + element(127, "\x00\x12\x0f\x01ab")))
}

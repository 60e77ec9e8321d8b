package dns

import (
	"strings"
	"testing"

	"merctools/lib/proto/prototest"
)

// allRecords is a response with a record of every type that is known.
func allRecords() []byte {
	return answers(
		rr(first, typeA, "\x01\x02\x03\x04"),
		rr(first, typeAAAA, "\x20\x01"+strings.Repeat("\x00", 13)+"\x01"),
		rr(first, typeTXT, "\x03abc\x00\x02d\xff"),
		rr(first, typeSRV, u16(1, 2, 80)+first),
		rr(first, typeNSEC, name("z.x")+"\x00\x06@\x01\x00\x00\x00\x03"),
		rr(first, typePTR, name("ptr")),
		rr(first, typeNB, "\x60\x00\x01\x02\x03\x04"),
		rr(first, typeNS, name("ns")),
		rr(first, typeSOA, name("m")+name("r.x")+u32(1, 2, 3, 4, 5)),
		rr(first, typeHTTPS, u16(1)+"\x00"+svcParam(keyALPN, "\x02h2")+svcParam(keyECH, ech)),
		rr(name(netbios), typeNBSTAT, "\x01NAME           \x00\x84\x00"+strings.Repeat("\x01", 46)),
		rr(first, 99, "what"),
	)
}

func TestResources(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	const v6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"
	tests := []struct {
		name  string
		typ   int
		data  string
		known string // name of the type, or its member
		want  string // what follows the time to live
	}{
		{"A", typeA, "\x01\x02\x03\x04", "A", `"ipv4_addr":"1.2.3.4"`},
		{"A, too long", typeA, "\x01\x02\x03\x04\x05", "A", `"ipv4_addr":"1.2.3.4"`},
		{"A, too short", typeA, "\x01\x02\x03", "A", `"ipv4_addr":""`},
		{"AAAA", typeAAAA, v6, "AAAA", `"ip6_addr":"2001:db8::7"`},
		{"AAAA, too short", typeAAAA, v6[:15], "AAAA", `"ip6_addr":""`},
		{"TXT", typeTXT, "\x03abc\x00\x03\xc3\xa9\"\x01\x80", "TXT", `"txt":["abc","\u00e9\"","\ufffd"]`},
		{"TXT, cut off", typeTXT, "\x03abc\x05def", "TXT", `"txt":["abc"]`},
		{"TXT, empty", typeTXT, "", "TXT", `"txt":[]`},
		{"SRV", typeSRV, u16(1, 2, 80) + name("host") + "more", "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":"host."}`},
		{"SRV, root", typeSRV, u16(1, 2, 80) + "\x00", "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":""}`},
		{"SRV, no target", typeSRV, u16(1, 2, 80), "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":""}`},
		{"SRV, cut off", typeSRV, u16(1, 2), "SRV", `"srv":{"priority":1,"weight":2,"port":0,"target":""}`},
		{"SRV, label cut off", typeSRV, u16(1, 2, 80) + "\x04a\x04", "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":"."}`},
		{"SRV, pointer cut off", typeSRV, u16(1, 2, 80) + "\x01a\xc0", "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":"a."}`},
		{"SRV, pointer to nowhere", typeSRV, u16(1, 2, 80) + "\x01a\xff\xff", "SRV", `"srv":{"priority":1,"weight":2,"port":80,"target":"a."}`},
		{"SRV, target too long", typeSRV, u16(1, 2, 80) + longName + "\x00", "SRV", `"srv":{"priority":1,"weight":2,"port":80}`},
		{"NSEC", typeNSEC, name("z") + "\x00\x01\x40", "NSEC", `"nsec":{"next_domain_name":"z.","type_bit_maps":"000140"}`},
		{"NSEC, pointer to nowhere", typeNSEC, "\xff\xff\x00\x01\x40", "NSEC", `"nsec":{"next_domain_name":"","type_bit_maps":""}`},
		{"PTR", typePTR, first, "PTR", `"domain_name":"x."`},
		{"NS", typeNS, "\x01n" + first, "NS", `"ns_domain_name":"n.x."`},
		{"NB", typeNB, "\xa0\x00\x01\x02\x03\x04", "", `"nb":{"group_name_flag":1,"owner_node_type":1,"ipv4_addr":"1.2.3.4"}`},
		{"NB, cut off", typeNB, "\x40\x00\x01", "", `"nb":{"group_name_flag":0,"owner_node_type":2,"ipv4_addr":""}`},
		{"NB, empty", typeNB, "", "", `"nb":{"group_name_flag":0,"owner_node_type":0,"ipv4_addr":""}`},
		{"SOA", typeSOA, name("m") + name("r") + u32(1, 2, 3, 4, 1<<32-1), "SOA", `"mname":"m.","rname":"r.","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":4294967295`},
		{"SOA, roots", typeSOA, "\x00\x00" + u32(1, 2, 3, 4, 5), "SOA", `"mname":"","rname":"","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":5`},
		{"SOA, cut off", typeSOA, name("m") + name("r") + u32(1, 2, 3, 4), "SOA", ""},
		{"SOA, pointer to nowhere", typeSOA, "\xc0\x0b" + name("r") + u32(1, 2, 3, 4, 5), "SOA", ""},
		{"MX", 15, "\x00\x01" + first, "MX", `"unknown_rr_type":15,"unknown_rr_value":"0001c00c"`},
		{"SVCB", 64, "\x00\x01\x00", "", `"unknown_rr_type":64,"unknown_rr_value":"000100"`},
	}
	for _, tt := range tests {
		head := `"type":"` + tt.known + `"`
		if tt.known == "" {
			head = map[int]string{typeNB: `"type":"UNKNOWN","type_code":32`, 64: `"type":"UNKNOWN","type_code":64`}[tt.typ]
		}
		want := `"dns":{"response":{` + askedX + `"answer":[{"name":"x.",` + head + `,"class":"IN","ttl":300`
		if tt.want != "" {
			want += "," + tt.want
		}
		want += `}],"id":"3412"}}`
		data := answers(rr(first, tt.typ, tt.data))
		if got := p.Record(data); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		p.Truncated(data)
	}
}

// What comes after a record that is cut off is not there.
func TestResourceCutOff(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	whole := rr(first, typeA, "\x01\x02\x03\x04")
	for _, tt := range []struct {
		cut  int
		want string
	}{
		{0, `{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":"1.2.3.4"}`},
		{1, `{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":""}`},
		{4, `{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":""}`},
		{5, `{"name":"x.","type":"A","class":"IN","ttl":300,"ipv4_addr":""}`},
		{7, `{"name":"x.","type":"A","class":"IN","ttl":0,"ipv4_addr":""}`},
		{10, `{"name":"x.","type":"A","class":"IN","ttl":0,"ipv4_addr":""}`},
		{11, ""},
		{15, ""},
	} {
		data := msg(0x8180, [4]int{1, 2}, ask(name("x"), typeA, classIN), whole[:len(whole)-tt.cut])
		want := `"dns":{"response":{` + askedX + `"answer":[` + tt.want + `],"id":"3412"}}`
		if got := p.Record(data); got != want {
			t.Errorf("without %d bytes:\n got %s\nwant %s", tt.cut, got, want)
		}
	}
}

func TestOtherClass(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	const want = `"dns":{"response":{` + askedX + `"answer":[{"name":"x.","type":"A","class":"CH","ttl":1,"rdata":"01020304"}],"id":"3412"}}`
	if got := p.Record(answers(first + u16(typeA, 3) + u32(1) + u16(4) + "\x01\x02\x03\x04")); got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}

func TestNodeStatus(t *testing.T) {
	p := prototest.New(t, Protocol, overUDP, jsonOptions)
	const statistics = "\x00\x11\x22\x33\x44\x55" + "\x01\x02" + "\x00\x03\x00\x04\x00\x05\x00\x06\x00\x07\x00\x08" +
		"\x00\x00\x00\x09\x00\x00\x00\x0a" + "\x00\x0b\x00\x0c\x00\x0d\x00\x0e\x00\x0f\x00\x10\x00\x11"
	const zeros = `"unit_id":"","jumpers":0,"test_result":0,"version_number":0,"period_of_statistics":0,"number_of_crcs":0,"number_of_alignment_errors":0,"number_of_collisions":0,"number_of_send_aborts":0,"number_of_good_sends":0,"number_of_good_receives":0,"number_of_retransmits":0,"number_of_no_resource_conditions":0,"number_of_command_blocks":0,"number_of_pending_sessions":0,"max_pending_sessions":0,"max_total_sessions_possible":0,"session_data_packet_size":0`
	for _, tt := range []struct{ name, data, want string }{
		{"whole", "\x02WORKGROUP      \x00\x84\x00HOST           \x20\x04\x00" + statistics,
			`"names":[{"name":"WORKGROUP      \u0000","name_flags":"8400"},{"name":"HOST            ","name_flags":"0400"}],` +
				`"unit_id":"00:11:22:33:44:55","jumpers":1,"test_result":2,"version_number":3,"period_of_statistics":4,"number_of_crcs":5,"number_of_alignment_errors":6,"number_of_collisions":7,"number_of_send_aborts":8,"number_of_good_sends":9,"number_of_good_receives":10,"number_of_retransmits":11,"number_of_no_resource_conditions":12,"number_of_command_blocks":13,"number_of_pending_sessions":14,"max_pending_sessions":15,"max_total_sessions_possible":16,"session_data_packet_size":17`},
		{"names cut off", "\x03WORKGROUP      \x00\x84", `"names":[{"name":"WORKGROUP      \u0000","name_flags":""},{"name_flags":""},{"name_flags":""}],` + zeros},
		{"empty", "", `"names":[],` + zeros},
	} {
		want := `"nbns":{"response":{"answer":[{"name":"FIREDOG        \u0000","type":"NBSTAT","class":"IN","ttl":300,"nbstat":{` + tt.want + `}}],"id":"3412"}}`
		if got := p.Record(msg(0x8400, [4]int{0, 1}, rr(name(netbios), typeNBSTAT, tt.data))); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
	}
}

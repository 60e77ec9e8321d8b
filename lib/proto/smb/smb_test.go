package smb

import (
	"encoding/binary"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/record"
)

// le16 and le32 append little-endian numbers.
func le16(b []byte, v ...uint16) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return b
}

func le32(b []byte, v ...uint32) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

// v1 builds a message of SMB version 1.
func v1(command, flags uint8, flags2 uint16, body string) []byte {
	b := []byte{0, 0, 0, 0, 0xff, 'S', 'M', 'B', command}
	b = le32(b, 0xc0000016)
	b = append(b, flags)
	b = le16(b, flags2, 0x0102)
	b = append(b, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0)
	b = le16(b, 0xffff, 0xfeff, 5, 64)
	return append(b, body...)
}

const (
	headV1 = `"smb1":{"command":"smb_com_negotiate","status":"c0000016","response":false,"batch_oplock":false,"oplock":false,"canonicalized_path":true,"case_insensitive":true,"receive_buffer_available":false,"lock_and_read":false,` + restV1
	restV1 = `"unicode_string":true,"NT_error_codes":true,"read_if_execute":false,"DFS":false,"extended_security":true,"reparse_path":false,"long_name":true,"security_signatures_required":true,"compressed":false,"security_signatures_allowed":false,"extended_attributes":true,"long_names_allowed":true,` +
		`"process_id_high":258,"signature":"0807060504030201","tree_id":65535,"process_id_low":65279,"user_id":5,"multiplex_id":64`
)

func TestV1(t *testing.T) {
	p := prototest.New(t, Protocol, "SMB1 message", proto.Options{})
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"negotiate", v1(0x72, 0x18, 0xc853, "\x00\x0c\x00\x02NT LM 0.12\x00\x02SMB 2.\"?\"\x00"),
			headV1 + `,"negotiate_request":{"dialects":["NT LM 0.12","SMB 2.\"?\""]}}`},
		{"no dialects", v1(0x72, 0x18, 0xc853, "\x00\x00\x00"), headV1 + `,"negotiate_request":{"dialects":[]}}`},
		{"empty dialect", v1(0x72, 0x18, 0xc853, "\x00\x00\x00\x02\x00\x02a\x00"), headV1 + `,"negotiate_request":{"dialects":["a"]}}`},
		{"other buffer format", v1(0x72, 0x18, 0xc853, "\x00\x00\x00\x02a\x00\x03b\x00"), headV1 + `,"negotiate_request":{"dialects":["a"]}}`},
		{"no terminator", v1(0x72, 0x18, 0xc853, "\x00\x00\x00\x02a\x02b"), headV1 + `,"negotiate_request":{"dialects":["a\u0002b","b"]}}`},
		{"request cut off", v1(0x72, 0x18, 0xc853, "\x00\x00"), headV1 + `}`},
		{"response", v1(0x72, 0x98, 0xc853, "\x00\x00\x00\x02a\x00"), strings.Replace(headV1, `"response":false`, `"response":true`, 1) + `}`},
		{"other command", v1(0xa2, 0xff, 0xc853, ""),
			`"smb1":{"command":"smb_com-nt_create_andx","status":"c0000016","response":true,"batch_oplock":true,"oplock":true,"canonicalized_path":true,"case_insensitive":true,"receive_buffer_available":true,"lock_and_read":true,` + restV1 + `}`},
		{"unknown command", v1(0x60, 0x18, 0xc853, ""), strings.Replace(headV1, "smb_com_negotiate", "unknown", 1) + `}`},
		{"header cut off", v1(0x72, 0x18, 0xc853, "")[:35], "none"},
		{"another protocol", append([]byte("\x00\x00\x00\x00\xfeSMB"), make([]byte, 60)...), "none"},
		{"empty", nil, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.Record(tt.data); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	p.Truncated(tests[0].data)
	p.NoAllocations(tests[0].data)
}

// v2 builds a message of SMB version 2.
func v2(command uint16, flags uint32, body []byte) []byte {
	b := []byte("\x00\x00\x00\x00\xfeSMB")
	b = le16(b, 64, 1)
	b = le32(b, 0xc0000016)
	b = le16(b, command, 31)
	b = le32(b, flags, 0x70)
	b = append(b, 1, 2, 3, 4, 5, 6, 7, 8)
	b = le32(b, 0xfeff, 6)
	b = append(b, 8, 7, 6, 5, 4, 3, 2, 1)
	b = append(b, "0123456789abcdef"...)
	return append(b, body...)
}

// negotiate builds the body of a negotiate request.
func negotiate(offset uint32, dialects []uint16, contexts ...[]byte) []byte {
	b := le16(nil, 36, uint16(len(dialects)), 1, 0)
	b = le32(b, 0x7f)
	b = append(b, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"...)
	b = le32(b, offset)
	b = le16(b, uint16(len(contexts)), 0)
	b = le16(b, dialects...)
	for i := uint32(len(b)) + 64; i < offset && len(contexts) > 0; i++ {
		b = append(b, 0)
	}
	for _, c := range contexts {
		b = append(b, c...)
	}
	return b
}

// negotiated builds the body of a negotiate response.
func negotiated(dialect uint16, system, start uint64, buffer string, contexts ...[]byte) []byte {
	b := le16(nil, 65, 3, dialect, uint16(len(contexts)))
	b = append(b, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"...)
	b = le32(b, 0x2f, 8388608, 4294967295, 0)
	b = binary.LittleEndian.AppendUint64(b, system)
	b = binary.LittleEndian.AppendUint64(b, start)
	b = le16(b, 128, uint16(len(buffer)))
	b = le32(b, 0xd0)
	b = append(b, buffer...)
	b = append(b, make([]byte, 8-len(buffer)%8)...)
	for _, c := range contexts {
		b = append(b, c...)
	}
	return b
}

// negotiateContext builds a context, filled as the parser expects it.
func negotiateContext(kind uint16, data string) []byte {
	b := le16(nil, kind, uint16(len(data)), 0, 0)
	b = append(b, data...)
	return append(b, make([]byte, 8-len(data)%8)...)
}

func head(command string, response bool) string {
	credits, is := "credits_requested", "false"
	if response {
		credits, is = "credits_granted", "true"
	}
	return `"smb2":{"structure_size":64,"credit_charge":1,"status":"c0000016","command":"` + command + `","` + credits + `":31,"response":` + is +
		`,"async_command":false,"chained_request":false,"signed":false,"priority":"00","dfs_operation":false,"replay_operation":false,"next_command":"00000070","message_id":"0807060504030201","process_id":"0000feff","tree_id":"00000006","session_id":"0102030405060708","signature":"30313233343536373839616263646566"`
}

// Dialects that don't end are written from each place where one may begin, but
// not beyond the longest record.
func TestEndlessDialects(t *testing.T) {
	p := prototest.New(t, Protocol, "SMB1 message", proto.Options{})
	p.Record(v1(0x72, 0, 0, "\x00\x00\x00"+strings.Repeat("\x02", 59000)))
	w := record.NewWriter(nil)
	p.Message.WriteRecord(w)
	if n := w.Len(); n < record.MaxLen || n > record.MaxLen+8*59000 {
		t.Errorf("%d bytes", n)
	}
}

func TestV2(t *testing.T) {
	p := prototest.New(t, Protocol, "SMB2 or SMB3 message", proto.Options{})
	request := func(n, offset, contexts string) string {
		return head("smb2_negotiate", false) + `,"negotiate_request":{"structure_size":36,"dialect_count":` + n + `,"security_mode":"0001","capabilities":"0000007f","guid":"03020100-0504-0706-0809-0a0b0c0d0e0f","negotiate_context_offset":"` + offset + `","negotiate_context_count":` + contexts
	}
	response := func(dialect, times, buffer string) string {
		return head("smb2_negotiate", true) + `,"negotiate_response":{"structure_size":65,"security_mode":"0003","dialect":"` + dialect + `","negotiate_context_count":0,"guid":"03020100-0504-0706-0809-0a0b0c0d0e0f","capabilities":"0000002f","max_transact_size":8388608,"max_read_size":4294967295,"max_write_size":0,` + times + `,"security_buffer_offset":128,"security_buffer_length":` + buffer + `}}`
	}
	const noTimes = `"system_time":"No time specified","server_start_time":"No time specified"`
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"another command", v2(1, 0, nil), head("smb2_session_setup", false) + "}"},
		{"unknown command", v2(19, 0, nil), head("UNKNOWN (19)", false) + "}"},
		{"flags", v2(18, 0x3000007f, nil), strings.NewReplacer(
			`"async_command":false`, `"async_command":true`, `"chained_request":false`, `"chained_request":true`, `"signed":false`, `"signed":true`,
			`"priority":"00"`, `"priority":"07"`, `"dfs_operation":false`, `"dfs_operation":true`, `"replay_operation":false`, `"replay_operation":true`,
		).Replace(head("smb2_oplock_break", true)) + "}"},
		{"request", v2(0, 0, negotiate(0, []uint16{0x202, 0x210})), request("2", "00000000", `0,"dialects":["0202","0210"]}}`)},
		{"no dialects", v2(0, 0, negotiate(0, nil)), request("0", "00000000", `0,"dialects":[]}}`)},
		{"request cut off", v2(0, 0, negotiate(0, []uint16{0x202, 0x210})[:39]), head("smb2_negotiate", false) + "}"},
		{"contexts", v2(0, 0, negotiate(104, []uint16{0x311},
			negotiateContext(preauthIntegrity, "\x01\x00\x03\x00\x01\x00abc"),
			negotiateContext(encryption, "\x03\x00\x02\x00\x00\x00\x05\x00"),
			negotiateContext(compression, "\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x02\x00\x03\x00\x09\x00"),
			negotiateContext(netname, "s\x00\"\x00"),
			negotiateContext(netname, "s\x00\x00\x01"),
			negotiateContext(netname, "s\x00a"),
			negotiateContext(transport, "\x01\x00\x00\x00"),
			negotiateContext(rdmaTransform, "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02\x00"),
			negotiateContext(signing, "\x02\x00\x02\x00\x03\x00"),
			negotiateContext(4, "ab"),
		)), request("1", "00000068", `10,"dialects":["0311"],"negotiate_contexts":[`+
			`{"context_type":"smb2_preauth_integrity_capabilities","data_length":9,"hash_algorithm_count":1,"hash_algorithms":["0001"],"salt":"616263"},`+
			`{"context_type":"smb2_encryption_capabilties","data_length":8,"cipher_count":3,"ciphers":["AES-128-GCM","UNKNOWN (0)","UNKNOWN (5)"]},`+
			`{"context_type":"smb2_compression_capabilities","data_length":18,"compression_algorithm_count":5,"flags":"00000001","compression_algorithms":["none","LZNT1","LZ77","LZ77+Huffman","unknown"]},`+
			`{"context_type":"smb2_netname_negotiate_context_id","data_length":4,"netname":"s\""},`+
			`{"context_type":"smb2_netname_negotiate_context_id","data_length":4,"netname":"73000001"},`+
			`{"context_type":"smb2_netname_negotiate_context_id","data_length":3,"netname":"730061"},`+
			`{"context_type":"smb2_transport_capabilities","data_length":4,"flags":"00000001"},`+
			`{"context_type":"smb2_rdma_transform_capabilites","data_length":14,"transform_count":3,"rdma_transform_ids":["smb2_rdma_transform_none","smb2_rdma_transform_encryption","smb2_rdma_transform_signing"]},`+
			`{"context_type":"SMB2_SIGNING_CAPABILITIES","data_length":6,"signing_algorithm_count":2,"signing_algorithms":["AES-GMAC","unknown"]},`+
			`{"context_type":"UNKNOWN (4)","data_length":2,"value":"6162"}]}}`)},
		{"counts too large", v2(0, 0, negotiate(104, []uint16{0x311},
			negotiateContext(preauthIntegrity, "\xff\xff\x03\x00\x01"),
			negotiateContext(encryption, "\xff\xff\x01"),
			negotiateContext(signing, "\xff\xff\x01"),
			negotiateContext(compression, "\xff"),
		)), request("1", "00000068", `4,"dialects":["0311"],"negotiate_contexts":[`+
			`{"context_type":"smb2_preauth_integrity_capabilities","data_length":5,"hash_algorithm_count":65535,"hash_algorithms":["0000"],"salt":""},`+
			`{"context_type":"smb2_encryption_capabilties","data_length":3,"cipher_count":65535,"ciphers":[]},`+
			`{"context_type":"SMB2_SIGNING_CAPABILITIES","data_length":3,"signing_algorithm_count":65535,"signing_algorithms":["HMAC-SHA256"]},`+
			`{"context_type":"smb2_compression_capabilities","data_length":1,"compression_algorithm_count":0,"flags":"00000000","compression_algorithms":[]}]}}`)},
		{"context cut off", v2(0, 0, negotiate(104, []uint16{0x311}, negotiateContext(4, "abc")[:10])), head("smb2_negotiate", false) + "}"},
		{"response", v2(0, 1, negotiated(0x0302, 132000000000000001, 0, "12345")), response("SMB 3.0.2", `"system_time":"2019-04-17T18:40:00.000000001Z","server_start_time":"No time specified"`, "5")},
		{"time before 1970", v2(0, 1, negotiated(0x0302, 1, 0, "12345")), response("SMB 3.0.2", `"system_time":"2185-07-21T23:34:33.000000001Z","server_start_time":"No time specified"`, "5")},
		{"unknown dialect", v2(0, 1, negotiated(0x0303, 0, 0, "12345678")), response("UNKNOWN (771)", noTimes, "8")},
		{"response cut off", v2(0, 1, negotiated(0x0302, 0, 0, "12345")[:65]), head("smb2_negotiate", true) + "}"},
		{"header cut off", v2(0, 0, nil)[:67], "none"},
		{"empty", nil, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.Record(tt.data); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			p.Truncated(tt.data)
		})
	}
}

func TestFeatures(t *testing.T) {
	opt := proto.Options{RawFeatures: map[string]bool{"smb": true}}
	p := prototest.New(t, Protocol, "SMB2 or SMB3 message", opt)
	feature := func(data []byte) string {
		_, s, _ := strings.Cut(p.Record(data), `"features":`)
		return strings.ReplaceAll(s, `\`, "")
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"request", v2(0, 0, negotiate(104, []uint16{0x311}, negotiateContext(transport, "abcd"), negotiateContext(9, ""))),
			`"[["0000","00000000","00000070"],["0001","0001","0000007f"],["0311"],[["0006","61626364"],["0009",""]]]"}`},
		{"response", v2(0, 1, negotiated(0x0311, 0, 0, "")), `"[["0000","00000001","00000070"],["0003","0311","0000002f"],[]]"}`},
		{"cut off", v2(0, 1, nil), `"[["0000","00000001","00000070"]]"}`},
		{"too long", v2(0, 0, negotiate(104, []uint16{0x311}, negotiateContext(9, strings.Repeat("x", 1000)))), ""},
		{"another command", v2(1, 0, nil), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := feature(tt.data); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	p.NoAllocations(tests[0].data)
	p.NoAllocations(tests[1].data)
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{RawFeatures: map[string]bool{"all": true}},
		v1(0x72, 0x18, 0xc853, "\x00\x0c\x00\x02NT LM 0.12\x00"),
		v2(0, 0, negotiate(104, []uint16{0x311}, negotiateContext(preauthIntegrity, "\x01\x00\x03\x00\x01\x00abc"), negotiateContext(netname, "s\x00"))),
		v2(0, 1, negotiated(0x0311, 132000000000000001, 0, "12345", negotiateContext(signing, "\x02\x00\x02\x00\x03\x00"))),
	)
}

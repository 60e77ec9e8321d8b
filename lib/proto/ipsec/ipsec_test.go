package ipsec

import (
	"encoding/binary"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// u16 is a number of two bytes, most significant first.
func u16(v int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(v))) }

// message builds an IKE message.
func message(version, exchange, flags, first string, payloads string) string {
	return "initiatoresponde"[:16] + first + version + exchange + flags + "\x00\x00\x00\x07" + "\x00\x00" + u16(28+len(payloads)) + payloads
}

// payload builds a payload that the type next follows.
func payload(next, body string) string { return next + "\x00" + u16(4+len(body)) + body }

// transform builds a transform.
func transform(last, kind string, id int, attributes string) string {
	return last + "\x00" + u16(8+len(attributes)) + kind + "\x00" + u16(id) + attributes
}

// proposal builds a proposal.
func proposal(last, spi, transforms string) string {
	return last + "\x00" + u16(8+len(spi)+len(transforms)) + "\x01\x01" + string(rune(len(spi))) + "\x02" + spi + transforms
}

const (
	v2     = "\x20"
	saInit = "\x22"
)

func TestIKE(t *testing.T) {
	p := prototest.New(t, Protocol, "IKE message", proto.Options{})
	sa := proposal("\x02", "", transform("\x03", "\x01", 20, "\x80\x0e\x01\x00")+transform("\x03", "\x02", 5, "")+transform("\x03", "\x03", 12, "")+transform("\x03", "\x04", 31, "")+transform("\x00", "\x05", 1, "")) +
		proposal("\x00", "spi!", transform("\x03", "\x01", 999, "\x00\x11\x00\x03abc")+transform("\x03", "\x06", 36, "")+transform("\x00", "\x63", 7, ""))
	tests := []struct{ name, data, want string }{
		{"no payloads", message(v2, saInit, "\x08", "\x00", ""), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":28,"payloads":[]}`},
		{"marker", nonESPMarker + message(v2, "\x25", "\x30", "\x2e", payload("\x00", "encrypted")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"INFORMATIONAL","response":true,"version":true,"initiator":false,"message_id":7,"length":41,"payloads":[{"payload_type":"Encrypted_and_Authenticated","critical":false,"payload_length":13,"payload":"656e63727970746564"}]}`},
		{"security association", message(v2, saInit, "\x08", "\x21", payload("\x00", sa)), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":127,"payloads":[{"payload_type":"Security_Association","critical":false,"payload_length":99,"proposals":[{"last_proposal":2,"proposal_length":52,"proposal_num":1,"protocol_id":1,"spi_size":0,"num_transforms":2,"spi":"","transforms":[{"last_transform":3,"transform_length":12,"transform_type":"Encryption_Algorithm","encryption_transform_type":"ENCR_AES_GCM_16","attributes":[{"af":1,"attribute_type":14,"value":"0100"}]},{"last_transform":3,"transform_length":8,"transform_type":"Pseudo_random_Function","pseudorandom_function_type":"PRF_HMAC_SHA2_256"},{"last_transform":3,"transform_length":8,"transform_type":"Integrity_Algorithm","integrity_transform_type":"AUTH_HMAC_SHA2_256_128"},{"last_transform":3,"transform_length":8,"transform_type":"Key_Exchange_Method","diffie_hellman_group_type":"Curve25519"},{"last_transform":0,"transform_length":8,"transform_type":"Extended_Sequence_Numbers","extended_sequence_numbers_type":"Extended_Sequence_Numbers"}]},{"last_proposal":0,"proposal_length":43,"proposal_num":1,"protocol_id":1,"spi_size":4,"num_transforms":2,"spi":"73706921","transforms":[{"last_transform":3,"transform_length":15,"transform_type":"Encryption_Algorithm","encryption_transform_type":"UNKNOWN (03e7)","attributes":[{"af":0,"attribute_type":17,"value":"616263"}]},{"last_transform":3,"transform_length":8,"transform_type":"Additional_Key_Exchange_1","transform_id":36},{"last_transform":0,"transform_length":8,"transform_type":"UNKNOWN (63)","transform_id":7}]}]}]}`},
		{"key exchange, nonce, vendor", message(v2, saInit, "\x20", "\x22", payload("\x28", "\x00\x1f\x00\x00key")+payload("\x2b", "nonce")+payload("\x00", "vendor")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":true,"version":false,"initiator":false,"message_id":7,"length":58,"payloads":[{"payload_type":"Key_Exchange","critical":false,"payload_length":11,"diffie_hellman_group_type":"Curve25519","data":"6b6579"},{"payload_type":"Nonce","critical":false,"payload_length":9,"nonce":"6e6f6e6365"},{"payload_type":"Vendor_ID","critical":false,"payload_length":10,"vendor_id_hex":"76656e646f72"}]}`},
		{"notifications", message(v2, saInit, "\x20", "\x29",
			payload("\x29", "\x00\x00\x00\x0e")+payload("\x29", "\x03\x04\x40\x04spi!data")+payload("\x29", "\x09\x00\x00\x02")+payload("\x29", "\x01\x00\x3f\xff")+payload("\x00", "\x01\x00\x50\x00")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":true,"version":false,"initiator":false,"message_id":7,"length":76,"payloads":[{"payload_type":"Notify","critical":false,"payload_length":8,"security_protocol_type":"UNKNOWN (00)","notify_message_error_type":"NO_PROPOSAL_CHOSEN","spi":"","data":""},{"payload_type":"Notify","critical":false,"payload_length":16,"security_protocol_type":"ESP","notify_message_status_type":"NAT_DETECTION_SOURCE_IP","spi":"73706921","data":"64617461"},{"payload_type":"Notify","critical":false,"payload_length":8,"security_protocol_type":"UNKNOWN (09)","notify_message_error_type":"UNKNOWN (0002)","spi":"","data":""},{"payload_type":"Notify","critical":false,"payload_length":8,"security_protocol_type":"IKE","notify_message_status_type":"UNKNOWN (3fff)","spi":"","data":""},{"payload_type":"Notify","critical":false,"payload_length":8,"security_protocol_type":"IKE","notify_message_status_type":"UNKNOWN (5000)","spi":"","data":""}]}`},
		{"unknown payload", message(v2, saInit, "\x08", "\xc8", "\x00\x80\x00\x05x"), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":33,"payloads":[{"payload_type":"UNKNOWN (c8)","critical":true,"payload_length":5,"payload":"78"}]}`},
		{"notification cut off", message(v2, saInit, "\x08", "\x29", payload("\x00", "\x03\x04\x40\x04sp")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":38,"payloads":[{"payload_type":"Notify","critical":false,"payload_length":10}]}`},
		{"key exchange cut off", message(v2, saInit, "\x08", "\x22", payload("\x00", "\x00")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":33,"payloads":[{"payload_type":"Key_Exchange","critical":false,"payload_length":5}]}`},
		{"payload cut off", message(v2, saInit, "\x08", "\x28", "\x00\x00\x00\x09abcd"), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":36,"payloads":[{"payload_type":"Nonce","critical":false,"payload_length":9,"nonce":""}]}`},
		{"payload shorter than its header", message(v2, saInit, "\x08", "\x28", "\x00\x00\x00\x03abcd"), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":36,"payloads":[{"payload_type":"Nonce","critical":false,"payload_length":3,"nonce":""}]}`},
		{"payload header cut off", message(v2, saInit, "\x08", "\x28", "\x00\x00"), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":30,"payloads":[{"payload_type":"Nonce","critical":false,"payload_length":0,"nonce":""}]}`},
		{"proposal cut off", message(v2, saInit, "\x08", "\x21", payload("\x00", sa[:30])), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":62,"payloads":[{"payload_type":"Security_Association","critical":false,"payload_length":34,"proposals":[]}]}`},
		{"proposal shorter than its header", message(v2, saInit, "\x08", "\x21", payload("\x00", "\x00\x00\x00\x07\x01\x01\x00\x01")), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":40,"payloads":[{"payload_type":"Security_Association","critical":false,"payload_length":12,"proposals":[]}]}`},
		{"transform cut off", message(v2, saInit, "\x08", "\x21", payload("\x00", proposal("\x00", "", transform("\x00", "\x01", 20, "\x80\x0e\x01\x00")[:9]))), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":49,"payloads":[{"payload_type":"Security_Association","critical":false,"payload_length":21,"proposals":[{"last_proposal":0,"proposal_length":17,"proposal_num":1,"protocol_id":1,"spi_size":0,"num_transforms":2,"spi":"","transforms":[{"last_transform":0,"transform_length":12,"transform_type":"Encryption_Algorithm","encryption_transform_type":"ENCR_AES_GCM_16"}]}]}]}`},
		{"attribute cut off", message(v2, saInit, "\x08", "\x21", payload("\x00", proposal("\x00", "", transform("\x00", "\x01", 20, "\x00\x0e\x00\x09a")))), `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":53,"payloads":[{"payload_type":"Security_Association","critical":false,"payload_length":25,"proposals":[{"last_proposal":0,"proposal_length":21,"proposal_num":1,"protocol_id":1,"spi_size":0,"num_transforms":2,"spi":"","transforms":[{"last_transform":0,"transform_length":13,"transform_type":"Encryption_Algorithm","encryption_transform_type":"ENCR_AES_GCM_16","attributes":[{"af":0,"attribute_type":14,"value":""}]}]}]}]}`},
		{"longer than the message", message(v2, saInit, "\x08", "\x00", "") + "xyz", `"ike":{"initiator_spi":"696e69746961746f","responder_spi":"726573706f6e6465","major_version":2,"minor_version":0,"exchange_type":"IKE_SA_INIT","response":false,"version":false,"initiator":true,"message_id":7,"length":28,"payloads":[]}`},
		{"cut off", message(v2, saInit, "\x08", "\x28", payload("\x00", "nonce"))[:36], "none"},
		{"header cut off", message(v2, saInit, "\x08", "\x28", "")[:27], "none"},
		{"length less than the header", message(v2, saInit, "\x08", "\x28", "")[:26] + "\x00\x1b", "none"},
		{"version 1", message("\x10", "\x02", "\x00", "\x01", ""), "none"},
		{"unknown exchange", message(v2, "\x2a", "\x00", "\x01", ""), "none"},
		{"empty", "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Record([]byte(tt.data))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got != "none" {
				p.NoAllocations([]byte(tt.data))
			}
			p.Truncated([]byte(tt.data))
		})
	}
}

func TestESP(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"first packet", "\x12\x34\x56\x78\x00\x00\x00\x010123456789abcdef0123456789abcdefX", `"esp":{"spi":"12345678","seq":"00000001","payload_length":33,"payload":"3031323334353637383961626364656630313233343536373839616263646566"}`},
		{"short packet", "\x12\x34\x56\x78\x00\x00\x00\x01x", `"esp":{"spi":"12345678","seq":"00000001","payload_length":1,"payload":"78"}`},
		{"second packet", "\x12\x34\x56\x78\x00\x00\x00\x02x", "none"},
		{"no index", "\x00\x00\x00\x00\x00\x00\x00\x01x", "none"},
		{"no payload", "\x12\x34\x56\x78\x00\x00\x00\x01", "none"},
		{"keep-alive", "\xff", "none"},
		{"empty", "", "none"},
	}
	for _, metadata := range []bool{true, false} {
		p := prototest.New(t, Protocol, "ESP packet", proto.Options{Metadata: metadata})
		for _, tt := range tests {
			want := tt.want
			if !metadata && want != "none" {
				want = want[:len(want)-len(`,"payload":""}`)-2*min(len(tt.data)-8, maxPayload)] + "}"
			}
			t.Run(tt.name, func(t *testing.T) {
				if got := p.Record([]byte(tt.data)); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				p.Truncated([]byte(tt.data))
			})
		}
		p.NoAllocations([]byte(tests[0].data))
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{Metadata: true},
		[]byte(message(v2, saInit, "\x08", "\x21", payload("\x29", proposal("\x00", "spi!", transform("\x00", "\x01", 20, "\x80\x0e\x01\x00")))+payload("\x22", "\x03\x04\x40\x04spi!data")+payload("\x00", "\x00\x1f\x00\x00key"))),
		[]byte(nonESPMarker+message(v2, "\x25", "\x30", "\x2e", payload("\x00", "encrypted"))),
		[]byte("\x12\x34\x56\x78\x00\x00\x00\x01x"),
	)
}

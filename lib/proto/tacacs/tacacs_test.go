package tacacs

import (
	"encoding/binary"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// packet builds a packet.
func packet(kind, sequence, flags uint8, body string) string {
	b := []byte{0xc1, kind, sequence, flags, 0x6d, 0x0e, 0x16, 0x31}
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	return string(b) + body
}

const (
	start     = "\x01\x0f\x01\x01\x05\x04\x07\x00adminttyS10.0.0."
	startPAP  = "\x02\x07\x02\x04\x00\x00\x00\x02\xff\x00"
	cont      = "\x00\x06\x00\x02\x01secret\x00\x01"
	reply     = "\x05\x01\x00\x0a\x00\x00Password: "
	otherKeys = "\x11\x22\x33"
)

func TestPacket(t *testing.T) {
	p := prototest.New(t, Protocol, "packet", proto.Options{})
	tests := []struct {
		name, data, want string
		exposure         proto.Exposure
	}{
		{"start", packet(1, 1, 1, start), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":1,"flags":["unencrypted"],"session_id":"6d0e1631","authentication_start":{"authen_action":"LOGIN","privilege_level":"ROOT","authen_type":"ASCII","authen_service":"LOGIN","user":"admin","port":"ttyS","rem_addr":"10.0.0.","data":""}}`, proto.ExposedPassword},
		{"start, unknown codes", packet(1, 1, 1, startPAP), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":1,"flags":["unencrypted"],"session_id":"6d0e1631","authentication_start":{"authen_action":"CHPASS","privilege_level":"UNKNOWN (07)","authen_type":"PAP","authen_service":"UNKNOWN (04)","data":"ff00"}}`, proto.ExposedDerived},
		{"start cut off", packet(1, 1, 1, start[:20]), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":1,"flags":["unencrypted"],"session_id":"6d0e1631"}`, proto.NotExposed},
		{"continue", packet(1, 3, 5, cont), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":3,"flags":["single_connect","unencrypted"],"session_id":"6d0e1631","authentication_continue":{"flags":["abort"],"user":"secret","data":"0001"}}`, proto.NotExposed},
		{"continue, other flags", packet(1, 3, 1, "\x00\x00\x00\x00\x06"), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":3,"flags":["unencrypted"],"session_id":"6d0e1631","authentication_continue":{"flags":["UNKNOWN (06)"],"data":""}}`, proto.NotExposed},
		{"continue cut off", packet(1, 3, 1, cont[:12]), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":3,"flags":["unencrypted"],"session_id":"6d0e1631"}`, proto.NotExposed},
		{"reply", packet(1, 2, 1, reply), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":2,"flags":["unencrypted"],"session_id":"6d0e1631","authentication_reply":{"authen_status":"GETPASS","flags":["noecho"],"server_msg":"Password: ","data":""}}`, proto.NotExposed},
		{"reply, follow", packet(1, 2, 0x61, "\x21\x80\x00\x00\x00\x01x"), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":2,"flags":["unencrypted","UNKNOWN (60)"],"session_id":"6d0e1631","authentication_reply":{"authen_status":"FOLLOW","flags":["UNKNOWN (80)"],"data":"78"}}`, proto.NotExposed},
		{"reply cut off", packet(1, 2, 1, reply[:15]), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":2,"flags":["unencrypted"],"session_id":"6d0e1631"}`, proto.NotExposed},
		{"authorization", packet(2, 1, 1, otherKeys), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authorization","seq_no":1,"flags":["unencrypted"],"session_id":"6d0e1631","unencrypted_request":"112233"}`, proto.NotExposed},
		{"accounting reply", packet(3, 2, 1, otherKeys), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"accounting","seq_no":2,"flags":["unencrypted"],"session_id":"6d0e1631","unencrypted_reply":"112233"}`, proto.NotExposed},
		{"obfuscated request", packet(1, 1, 0, strings.Repeat("\xab", 33)), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":1,"flags":[],"session_id":"6d0e1631","encrypted_request":"ababababababababababababababababababababababababababababababababab","password_recovery":"$tacacs-plus$0$6d0e1631$abababababababababababababababababababababababababababababababab$c101"}`, proto.ExposedDerived},
		{"obfuscated reply", packet(1, 2, 4, otherKeys), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"authentication","seq_no":2,"flags":["single_connect"],"session_id":"6d0e1631","encrypted_reply":"112233","password_recovery":"$tacacs-plus$0$6d0e1631$112233$c102"}`, proto.NotExposed},
		{"unknown type", packet(0, 2, 0xfa, ""), `"tacacs_plus":{"major_version":12,"minor_version":1,"type":"UNKNOWN (00)","seq_no":2,"flags":["UNKNOWN (fa)"],"session_id":"6d0e1631","encrypted_reply":"","password_recovery":"$tacacs-plus$0$6d0e1631$$c102"}`, proto.NotExposed},
		{"header cut off", "\xc0\x01\x01", `"tacacs_plus":{"major_version":12,"minor_version":0,"type":"authentication","seq_no":1,"flags":[],"session_id":"00000000","encrypted_request":"","password_recovery":"$tacacs-plus$0$00000000$$c001"}`, proto.ExposedDerived},
		{"version only", "\xc0", `"tacacs_plus":{"major_version":12,"minor_version":0,"type":"UNKNOWN (00)","seq_no":0,"flags":[],"session_id":"00000000","encrypted_reply":"","password_recovery":"$tacacs-plus$0$00000000$$c000"}`, proto.NotExposed},
		{"body cut off", packet(1, 1, 0, "abc")[:14], "none", 0},
		{"body too long", packet(1, 1, 0, "abc") + "d", "none", 0},
		{"another version", "\xb0\x01\x01\x00\x6d\x0e\x16\x31\x00\x00\x00\x00", "none", 0},
		{"another type", packet(4, 1, 0, ""), "none", 0},
		{"empty", "", "none", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Record([]byte(tt.data))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got != "none" {
				if e := p.Message.(proto.Exposer).Exposure(); e != tt.exposure {
					t.Errorf("exposure is %d, want %d", e, tt.exposure)
				}
				p.NoAllocations([]byte(tt.data))
			}
			p.Truncated([]byte(tt.data))
		})
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(packet(1, 1, 1, start)), []byte(packet(1, 3, 1, cont)), []byte(packet(1, 2, 1, reply)),
		[]byte(packet(2, 1, 0, otherKeys)),
	)
}

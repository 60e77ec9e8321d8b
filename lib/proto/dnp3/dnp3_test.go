package dnp3

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/wire"
)

// frame builds a frame with the given control byte and user data. The
// checksums are zero, as nobody looks at them.
func frame(control uint8, user string) string {
	s := "\x05\x64" + string([]byte{byte(5 + len(user)), control}) + "\x01\x02\x03\x04\x00\x00"
	for len(user) > 0 {
		n := min(16, len(user))
		s += user[:n] + "\x00\x00"
		user = user[n:]
	}
	return s
}

func TestFrame(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"read request", frame(0xc4, "\xc0\xc1\x01\x3c\x02\x06"), `"dnp3":{"link":{"data_len":6,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":1,"resp":false,"func_str":"read"},"left_obj_data":4}}`},
		{"response", frame(0x44, "\xc1\xe2\x81\x80\x00\x01"), `"dnp3":{"link":{"data_len":6,"control":{"dir":false,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":1},"app":{"app_hdr":{"fin":true,"fir":true,"con":true,"uns":false,"seq":2,"resp":true,"func_str":"response","internal_indications":"device_restart,"},"left_obj_data":2}}`},
		{"all indications", frame(0x44, "\x3f\x1f\x82\xff\xff"), `"dnp3":{"link":{"data_len":5,"control":{"dir":false,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":false,"fir":false,"seq":63},"app":{"app_hdr":{"fin":false,"fir":false,"con":false,"uns":true,"seq":15,"resp":true,"func_str":"unsolicited_response","internal_indications":"broadcast,class_1_events,class_2_events,class_3_events,need_time,local_control,device_trobule,device_restart,func_code_unsupported,obj_unknown,parameter_error,event_buffer_overflow,already_executing,config_corrupt,reserved_1,reserved_2,"},"left_obj_data":1}}`},
		{"long", frame(0xc4, "\xc0\xc1\x01"+strings.Repeat("x", 20)), `"dnp3":{"link":{"data_len":23,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":2},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":1,"resp":false,"func_str":"read"},"left_obj_data":21}}`},
		{"unknown function", frame(0x44, "\xc0\xc0\x30\x00"), `"dnp3":{"link":{"data_len":4,"control":{"dir":false,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"UNKNOWN (48)"},"left_obj_data":2}}`},
		{"frame count", frame(0xd4, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":true,"prim":true,"fcb":false,"fcv":true,"func_str":"UNCONFIRMED_USER_DATA","func_fcv_mismatch":true},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"test without frame count", frame(0xc2, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"TEST_LINK_STATES","func_fcv_mismatch":true},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"unknown primary", frame(0xc1, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"UNKNOWN (1)"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"acknowledgement", frame(0x80, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":true,"prim":false,"fcb":false,"dfc":false,"func_str":"ACK"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"secondary with flags", frame(0x3b, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":false,"prim":false,"fcb":true,"dfc":true,"func_str":"LINK_STATUS","prim_fcb_mismatch":true,"sec_buffer_exceed":true},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"unknown secondary", frame(0x05, "\xc0\xc0\x00"), `"dnp3":{"link":{"data_len":3,"control":{"dir":false,"prim":false,"fcb":false,"dfc":false,"func_str":"UNKNOWN (5)"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":1}}`},
		{"transport header only", frame(0xc4, "\xc0"), `"dnp3":{"link":{"data_len":1,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":false,"fir":false,"con":false,"uns":false,"seq":0,"resp":false,"func_str":"confirm"},"left_obj_data":0}}`},
		{"indications cut off", frame(0xc4, "\xc0\xc0\x81"), `"dnp3":{"link":{"data_len":3,"control":{"dir":true,"prim":true,"fcb":false,"fcv":false,"func_str":"UNCONFIRMED_USER_DATA"},"dest_addr":513,"src_addr":1027,"block_count":1},"transport":{"fin":true,"fir":true,"seq":0},"app":{"app_hdr":{"fin":true,"fir":true,"con":false,"uns":false,"seq":0,"resp":true,"func_str":"response","internal_indications":""},"left_obj_data":0}}`},
		{"no user data", frame(0xc9, ""), "none"},
		{"header cut off", frame(0xc4, "\xc0\xc0\x00")[:9], "none"},
		{"empty", "", "none"},
	}
	for _, metadata := range []bool{true, false} {
		p := prototest.New(t, Protocol, "frame", proto.Options{Metadata: metadata})
		for _, tt := range tests {
			want := tt.want
			if !metadata {
				for _, s := range []string{`,"block_count":1`, `,"block_count":2`, `,"func_fcv_mismatch":true`, `,"prim_fcb_mismatch":true`, `,"sec_buffer_exceed":true`} {
					want = strings.ReplaceAll(want, s, "")
				}
			}
			t.Run(tt.name, func(t *testing.T) {
				if got := p.Record([]byte(tt.data)); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				p.Truncated([]byte(tt.data))
			})
		}
		p.NoAllocations([]byte(tests[2].data))
	}
}

func TestLength(t *testing.T) {
	for _, tt := range []struct {
		data string
		want int
	}{
		{frame(0xc4, "\xc0\xc1\x01\x3c\x02\x06"), 18},
		{frame(0xc4, "\xc0\xc1\x01"+strings.Repeat("x", 20)), 37},
		{"\x05\x64\x05\xc9", 12},
		{"\x05\x64\xff\x00", 292},
		{"\x05", 5},
	} {
		if got := length(wire.Cursor(tt.data)); got != tt.want {
			t.Errorf("%x: got %d, want %d", tt.data, got, tt.want)
		}
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{Metadata: true},
		[]byte(frame(0xc4, "\xc0\xc1\x01\x3c\x02\x06")),
		[]byte(frame(0x44, "\xc1\xe2\x81\x80\x00\x01")),
		[]byte(frame(0x3b, "\xc0\xc0\x00"+strings.Repeat("x", 40))),
	)
}

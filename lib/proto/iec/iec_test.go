package iec

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
	"merctools/lib/wire"
)

// apdu puts the start byte and the length before a frame.
func apdu(frame string) string { return "\x68" + string(rune(len(frame))) + frame }

func TestAPDU(t *testing.T) {
	p := prototest.New(t, Protocol, "APDU", proto.Options{})
	tests := []struct{ name, data, want string }{
		{"start", apdu("\x07\x00\x00\x00"), `"iec60870_5_104":{"apdu_length":4,"u_frame":{"u_frame_function":"start_data_transfer_activation"}}`},
		{"stop confirmed", apdu("\x23\x00\x00\x00"), `"iec60870_5_104":{"apdu_length":4,"u_frame":{"u_frame_function":"stop_data_transfer_confirmation"}}`},
		{"unknown function", apdu("\x03\x00\x00\x00"), `"iec60870_5_104":{"apdu_length":4,"u_frame":{"u_frame_function":"unknown"}}`},
		{"unnumbered, cut off", "\x68\x04\x43", `"iec60870_5_104":{"apdu_length":4,"u_frame":{"u_frame_function":"test_frame_activation"}}`},
		{"supervisory", apdu("\x01\x00\x02\x04"), `"iec60870_5_104":{"apdu_length":4,"s_frame":{"receive_sequence_number":258}}`},
		{"supervisory, cut off", "\x68\x04\x01\x00\x02", "none"},
		{"odd sequence number", apdu("\x02\x00\x00\x00\x64\x01\x06\x00\x01\x00\x00\x00\x00\x14"), "none"},
		{"interrogation", apdu("\x00\x00\x02\x00\x64\x01\x46\x00\x01\x00\x00\x00\x00\x14"), `"iec60870_5_104":{"apdu_length":14,"i_frame":{"send_sequence_number":0,"receive_sequence_number":256,"type_id":"C_IC_NA_1","sq":false,"number_of_objects":1,"test_bit":false,"negative_confirm":true,"cot":"act","originator_address":0,"asdu_address":256,"info_objs":[{"information_object_address":"000000","information_element":"14"}]}}`},
		{"sequence", apdu("\x04\x00\x02\x00\x01\x83\x94\x03\x01\x00\x0a\x00\x00\x00\x01\x00"), `"iec60870_5_104":{"apdu_length":16,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_SP_NA_1","sq":true,"number_of_objects":3,"test_bit":true,"negative_confirm":false,"cot":"inrogen","originator_address":3,"asdu_address":256,"information_object":{"information_object_address":"0a0000","information_elements":["00","01","00"]}}}`},
		{"objects", apdu("\x04\x00\x02\x00\x0b\x02\x03\x00\x01\x00\x01\x00\x00\x10\x00\x00\x02\x00\x00\x20\x00\x00"), `"iec60870_5_104":{"apdu_length":22,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_ME_NB_1","sq":false,"number_of_objects":2,"test_bit":false,"negative_confirm":false,"cot":"spont","originator_address":0,"asdu_address":256,"info_objs":[{"information_object_address":"010000","information_element":"100000"},{"information_object_address":"020000","information_element":"200000"}]}}`},
		{"elements cut off", "\x68\x20\x04\x00\x02\x00\x01\x82\x14\x00\x01\x00\x0a\x00\x00\x00", `"iec60870_5_104":{"apdu_length":32,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_SP_NA_1","sq":true,"number_of_objects":2,"test_bit":false,"negative_confirm":false,"cot":"inrogen","originator_address":0,"asdu_address":256,"information_object":{"information_object_address":"0a0000","information_elements":[""]}}}`},
		{"objects cut off", "\x68\x16\x04\x00\x02\x00\x0b\x02\x03\x00\x01\x00\x01\x00\x00\x10\x00", `"iec60870_5_104":{"apdu_length":22,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_ME_NB_1","sq":false,"number_of_objects":2,"test_bit":false,"negative_confirm":false,"cot":"spont","originator_address":0,"asdu_address":256,"info_objs":[{"information_object_address":"010000","information_element":""}]}}`},
		{"length too small", "\x68\x01\x04\x00\x02\x00\x0b\x01\x03\x00\x01\x00\x01\x00\x00\x10\x00", `"iec60870_5_104":{"apdu_length":1,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_ME_NB_1","sq":false,"number_of_objects":1,"test_bit":false,"negative_confirm":false,"cot":"spont","originator_address":0,"asdu_address":256,"info_objs":[{"information_object_address":"010000","information_element":""}]}}`},
		{"elements without bytes", "\x68\x0d\x04\x00\x02\x00\x01\x83\x03\x00\x01\x00\x01\x00\x00\x10", `"iec60870_5_104":{"apdu_length":13,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"M_SP_NA_1","sq":true,"number_of_objects":3,"test_bit":false,"negative_confirm":false,"cot":"spont","originator_address":0,"asdu_address":256,"information_object":{"information_object_address":"010000","information_elements":["","",""]}}}`},
		{"unknown codes", apdu("\x04\x00\x02\x00\xff\x01\x3f\x07\x01\x02"), `"iec60870_5_104":{"apdu_length":10,"i_frame":{"send_sequence_number":512,"receive_sequence_number":256,"type_id":"UNKNOWN (255)","sq":false,"number_of_objects":1,"test_bit":false,"negative_confirm":false,"cot":"UNKNOWN (63)","originator_address":7,"asdu_address":258}}`},
		{"no objects", apdu("\x04\x00\x02\x00\x01\x00\x03\x00\x01\x00"), "none"},
		{"header cut off", "\x68\x0e\x04\x00\x02\x00\x01\x01\x03\x00\x01", "none"},
		{"nothing behind the length", "\x68\x00", "none"},
		{"another protocol", "\x69\x04\x07\x00\x00\x00", "none"},
		{"empty", "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.Record([]byte(tt.data)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			p.Truncated([]byte(tt.data))
		})
	}
	p.NoAllocations([]byte(tests[8].data))
	p.NoAllocations([]byte(tests[9].data))
}

func TestLength(t *testing.T) {
	for _, tt := range []struct {
		data string
		want int
	}{
		{apdu("\x07\x00\x00\x00"), 6},
		{"\x68\xff\x00\x00", 257},
		{"\x68", 2},
	} {
		if got := length(wire.Cursor(tt.data)); got != tt.want {
			t.Errorf("%x: got %d", tt.data, got)
		}
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte(apdu("\x07\x00\x00\x00")),
		[]byte(apdu("\x01\x00\x02\x04")),
		[]byte(apdu("\x04\x00\x02\x00\x01\x83\x94\x03\x01\x00\x0a\x00\x00\x00\x01\x00")),
		[]byte(apdu("\x04\x00\x02\x00\x0b\x02\x03\x00\x01\x00\x01\x00\x00\x10\x00\x00\x02\x00\x00\x20\x00\x00")),
	)
}

package dnp3

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An Application is the header of the application layer (IEEE 1815, section
// 4.2.2).
type Application struct {
	Control     uint8  // FIR, FIN, CON, UNS, and a sequence number of 4 bits
	Function    uint8  // function code
	Indications uint16 // internal indications, the first byte sent being the high one; 0 in requests
	Left        int    // bytes of objects that follow
}

func (a *Application) parse(c wire.Cursor) {
	a.Control = c.Uint8()
	a.Function = c.Uint8()
	a.Indications = 0
	if a.Response() {
		a.Indications = c.Uint16()
	}
	a.Left = c.Len()
}

// Response reports whether the function is one of a response.
func (a *Application) Response() bool { return a.Function >= 0x81 && a.Function <= 0x83 }

func (a *Application) write(w *record.Writer) {
	w.Key("app").Object()
	w.Key("app_hdr").Object()
	w.Key("fin").Bool(a.Control&0x80 != 0)
	w.Key("fir").Bool(a.Control&0x40 != 0)
	w.Key("con").Bool(a.Control&0x20 != 0)
	w.Key("uns").Bool(a.Control&0x10 != 0)
	w.Key("seq").Uint(uint64(a.Control & 0x0f))
	w.Key("resp").Bool(a.Response())
	w.Key("func_str").NameOrCode(proto.Name(functions[:], a.Function), int64(a.Function))
	if a.Response() {
		w.Key("internal_indications")
		writeIndications(w, a.Indications)
	}
	w.EndObject()
	w.Key("left_obj_data").Uint(uint64(a.Left))
	w.EndObject()
}

// functions are the names of the functions, first those of requests (IEEE
// 1815, table 4-2).
var functions = [...]string{
	"confirm", "read", "write", "select", "operate", "dir_operate", "dir_operate_no_resp",
	"freeze", "freeze_no_resp", "freeze_clear", "freeze_clear_no_resp", "freeze_at_time",
	"freeze_at_time_no_resp", "cold_restart", "warm_restart", "init_data", "init_app",
	"start_app", "stop_app", "save_config", "enable_solicited", "disable_solicited",
	"assign_class", "delay_measurement", "record_curr_time", "open_file", "close_file",
	"delete_file", "get_file_info", "authenticate_file", "abort_file", "activate_config",
	"authenticate_req", "authenticate_req_no_ack",
	0x81: "response", "unsolicited_response", "authentication_response",
}

// indications are the internal indications in their order of sending, from
// the least significant bit of each byte on (IEEE 1815, section 4.2.2.6).
var indications = [16]string{
	"broadcast", "class_1_events", "class_2_events", "class_3_events",
	// Quirk Q83: misspelt.
	"need_time", "local_control", "device_trobule", "device_restart",
	"func_code_unsupported", "obj_unknown", "parameter_error", "event_buffer_overflow",
	"already_executing", "config_corrupt", "reserved_1", "reserved_2",
}

func writeIndications(w *record.Writer, v uint16) {
	var text [256]byte
	b := text[:0]
	v = v>>8 | v<<8
	for i, name := range indications {
		if v&(1<<i) != 0 {
			b = append(b, name...)
			b = append(b, ',')
		}
	}
	w.StrBytes(b)
}

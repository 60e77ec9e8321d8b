package telnet

import (
	"cmp"

	"merctools/lib/proto"
)

// Commands (RFC 854; the first is from RFC 855).
const (
	se   = 240
	sb   = 250
	will = 251
	wont = 252
	do   = 253
	dont = 254
	iac  = 255
)

// commands are named from se on.
var commands = [...]string{
	"se", "nop", "dm", "brk", "ip", "ao", "ayt", "ec", "el", "ga", "sb", "will", "wont", "do", "dont",
}

func commandName(code uint8) string {
	return cmp.Or(proto.Name(commands[:], code-se), "unknown")
}

// plainCommands are the items of commands without an option, from se on: there may be
// thousands. The last one is of all others.
var plainCommands = func() (items [len(commands) + 1][]byte) {
	for i := range items {
		items[i] = []byte(`{"command":"` + commandName(se+uint8(i)) + `"}`)
	}
	return items
}()

func plainCommand(code uint8) []byte {
	return plainCommands[min(int(code-se), len(commands))]
}

// optionName is the name of an option (IANA, Telnet Options), or empty.
func optionName(code uint8) string {
	switch code {
	case 138:
		return "telopt_pragma_logon"
	case 139:
		return "telopt_sspi_logon"
	case 140:
		return "telopt_pragma_heartbeat"
	case 255:
		return "extended_options_list"
	}
	return proto.Name(options[:], code)
}

var options = [...]string{
	"binary_transmission",
	"echo",
	"reconnection",
	"suppress_go_ahead",
	"approx_message_size_negotiation",
	"status",
	"timing_mark",
	"remote_controlled_trans_and_echo",
	"output_line_width",
	"output_page_size",
	"output_carriage_return_disposition",
	"output_horizontal_tab_stops",
	"output_horizontal_tab_disposition",
	"output_formfeed_disposition",
	"output_vertical_tabstops",
	"output_vertical_tab_disposition",
	"output_linefeed_disposition",
	"extended_ascii",
	"logout",
	"byte_macro",
	"data_entry_terminal",
	"supdup",
	"supdup_output",
	"send_location",
	"terminal_type",
	"end_of_record",
	"tacacs_user_identification",
	"output_marking",
	"terminal_location_number",
	"telnet_3270_regime",
	"x_3_pad",
	"negotiate_about_window_size",
	"terminal_speed",
	"remote_flow_control",
	"linemode",
	"x_display_location",
	"environment_option",
	"authentication_option",
	"encryption_option",
	"new_environment_option",
	"tn3270e",
	"xauth",
	"charset",
	"telnet_remote_serial_port_rsp",
	"com_port_control_option",
	"telnet_suppress_local_echo",
	"telnet_start_tls",
	"kermit",
	"send_url",
	"forward_x",
}

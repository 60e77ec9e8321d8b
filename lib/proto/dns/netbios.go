package dns

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeNB follows RFC 1002, section 4.2.1.3; of several addresses the first
// one is written.
func writeNB(w *record.Writer, c wire.Cursor) {
	flags := c.Uint16()
	w.Key("nb").Object()
	w.Key("group_name_flag").Uint(uint64(flags >> 15))
	w.Key("owner_node_type").Uint(uint64(flags >> 13 & 3))
	writeAddress(w.Key("ipv4_addr"), &c, 4)
	w.EndObject()
}

// writeNodeStatus follows RFC 1002, section 4.2.18. What a record that is cut
// off does not have is written as empty or 0.
func writeNodeStatus(w *record.Writer, c wire.Cursor) {
	w.Key("nbstat").Object()
	w.Key("names").Array()
	for range c.Uint8() {
		w.Elem().Object()
		if name := c.Bytes(NetBIOSNameLen); name.Ok() {
			w.Key("name").Text(name)
		}
		w.Key("name_flags").Hex(c.Bytes(2))
		w.EndObject()
	}
	w.EndArray()
	w.Key("unit_id").MAC(c.Bytes(6))
	w.Key("jumpers").Uint(uint64(c.Uint8()))
	w.Key("test_result").Uint(uint64(c.Uint8()))
	w.Key("version_number").Uint(uint64(c.Uint16()))
	w.Key("period_of_statistics").Uint(uint64(c.Uint16()))
	w.Key("number_of_crcs").Uint(uint64(c.Uint16()))
	w.Key("number_of_alignment_errors").Uint(uint64(c.Uint16()))
	w.Key("number_of_collisions").Uint(uint64(c.Uint16()))
	w.Key("number_of_send_aborts").Uint(uint64(c.Uint16()))
	w.Key("number_of_good_sends").Uint(uint64(c.Uint32()))
	w.Key("number_of_good_receives").Uint(uint64(c.Uint32()))
	w.Key("number_of_retransmits").Uint(uint64(c.Uint16()))
	w.Key("number_of_no_resource_conditions").Uint(uint64(c.Uint16()))
	w.Key("number_of_command_blocks").Uint(uint64(c.Uint16()))
	w.Key("number_of_pending_sessions").Uint(uint64(c.Uint16()))
	w.Key("max_pending_sessions").Uint(uint64(c.Uint16()))
	w.Key("max_total_sessions_possible").Uint(uint64(c.Uint16()))
	w.Key("session_data_packet_size").Uint(uint64(c.Uint16()))
	w.EndObject()
}

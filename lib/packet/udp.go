package packet

const udpLen = 8

// readUDP reads a header (RFC 768) and leaves the data in r. The length field
// is not used: what the packet holds counts. Where there is no whole header,
// what there is stays in r as data, and the ports are those that were there
// before.
func (h *Headers) readUDP(r *rest) {
	// Quirk Q10: what there is of a header is data.
	if h.HasTransport = r.Len() >= udpLen; !h.HasTransport {
		return
	}
	h.transport = r.offset()
	// Quirk Q9: the length is not used.
	b := r.Bytes(udpLen)
	h.SrcPort = b.Uint16()
	h.DstPort = b.Uint16()
}

package packet

const udpLen = 8

// readUDP reads a header (RFC 768) and leaves the data in r. The length field
// is not used: what the packet holds counts. Where there is no whole header,
// what there is stays in r as data, and the ports are those that were there
// before.
func (h *Headers) readUDP(r *rest) {
	if h.HasTransport = r.Len() >= udpLen; !h.HasTransport {
		return
	}
	h.transport = r.offset()
	b := r.Bytes(udpLen)
	h.SrcPort = b.Uint16()
	h.DstPort = b.Uint16()
}

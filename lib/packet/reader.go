package packet

import "merctools/lib/internal/reassembly"

// A Reader reads the headers of packets, one after the other. Of a Decoder
// that looks deep it puts the fragments of IP packets together; then it must
// not be used by more than one goroutine at a time.
type Reader struct {
	decoder   *Decoder
	datagrams *reassembly.Datagrams[Headers] // nil where fragments stay what they are
	joined    uint64
	rest      uint64
}

// NewReader returns a Reader without any fragments. They may take up to memory
// bytes; reassembly.DatagramMemory where it is 0.
func (d *Decoder) NewReader(memory int) *Reader {
	r := &Reader{decoder: d}
	if d.cfg.Deep {
		if memory == 0 {
			memory = reassembly.DatagramMemory
		}
		r.datagrams = reassembly.NewDatagrams[Headers](memory)
	}
	return r
}

// Read reads the headers of a packet, captured at a time in nanoseconds, and
// returns the bytes that they belong to: those of the packet, or of a datagram
// that it has made whole, which Read appends to memory.
func (r *Reader) Read(h *Headers, linkType uint16, packet []byte, t int64, memory *[]byte) []byte {
	if r.datagrams == nil {
		r.decoder.Decode(h, linkType, packet)
		return packet
	}
	d := deep{decoder: r.decoder, h: h, packet: packet, datagrams: r.datagrams, time: t, memory: memory, steps: maxSteps}
	d.decode(linkType)
	r.joined += uint64(len(d.packet) - len(packet))
	return d.packet
}

// Mark sets the Part of a packet whose headers Read has read. It may be called by
// any goroutine.
func (r *Reader) Mark(h *Headers, packet []byte) {
	if r.decoder.cfg.Part != nil {
		h.Part = r.decoder.cfg.Part(h, packet)
	}
}

// Fail sets h for a packet whose headers made the decoder panic.
func (h *Headers) Fail(linkType uint16) {
	*h = Headers{LinkType: linkType, UnknownLink: true, Truncated: true}
}

// Failed reports whether the headers made the decoder panic. Only LinkType is
// valid then. No other packet is both truncated and of an unknown link type.
func (h *Headers) Failed() bool { return h.UnknownLink && h.Truncated }

// Deep reports whether the Reader puts fragments together.
func (r *Reader) Deep() bool { return r.datagrams != nil }

// Rest calls f with what there is of each IP packet whose fragments did not
// all come, if that is its beginning: headers, the bytes that they belong to,
// which Rest appends to memory, and the time of its first fragment. Those for
// which there was no memory are gone. It is for the end of a capture.
func (r *Reader) Rest(memory *[]byte, f func(h *Headers, data []byte, t int64)) {
	if r.datagrams == nil {
		return
	}
	r.datagrams.Rest(func(g *reassembly.Datagram[Headers], begun int64) {
		start := len(*memory)
		*memory = append(append(*memory, g.Head...), g.Data...)
		h := g.Context
		h.Reassembled = true
		d := deep{decoder: r.decoder, h: &h, packet: (*memory)[start:], steps: maxSteps}
		d.beginning(len(g.Head))
		r.rest++
		r.joined += uint64(len(d.packet))
		f(&h, d.packet, begun)
	})
}

// Fragments says how many datagrams were given up because fragments didn't
// come in time, or because there were too many, and how many fragments
// overlapped others.
func (r *Reader) Fragments() (expired, evicted, overlaps uint64) {
	if r.datagrams == nil {
		return 0, 0, 0
	}
	return r.datagrams.Expired, r.datagrams.Evicted, r.datagrams.Overlaps
}

// Begun is how many packets came in fragments.
func (r *Reader) Begun() uint64 {
	if r.datagrams == nil {
		return 0
	}
	return r.datagrams.Begun
}

// Rests is how many packets Rest has returned.
func (r *Reader) Rests() uint64 { return r.rest }

// Joined is by how many bytes the datagrams that Read has made whole are
// longer than the packets that they were returned for, in all; those of Rest
// were returned for none.
func (r *Reader) Joined() uint64 { return r.joined }

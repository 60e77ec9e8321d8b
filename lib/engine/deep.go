package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/stream"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	maxStreams    = 1 << 16 // directions of TCP flows that are followed
	maxStreamsLow = 1 << 14 // the same where memory is scarce

	// undecided is how many bytes at the beginning of a message tell its
	// protocol. Fewer are held.
	undecided = 16

	// shortest is how many bytes a segment must have to be taken for a message
	// of its own while fewer than undecided are held before it.
	shortest = 4

	// early is how many bytes at the beginning of a stream are searched for a
	// message behind data of another protocol.
	early = 16 << 10

	// settled is how many bytes of a stream are read before gaps are no
	// longer waited for much: most streams are bulk data then.
	settled    = 64 << 10
	settledGap = 8 << 10

	// jump is how far sequence numbers may be off before they are taken for
	// those of another connection.
	jump = 1 << 30
)

// follow processes a TCP segment, with c at its data, as a part of its stream.
func (w *Worker) follow(c wire.Cursor) {
	p := &w.pkt
	flags, seq := p.Headers.TCPFlags, p.Headers.Seq
	s := w.streams.Find(&p.Key)
	if flags&packet.FlagSYN != 0 {
		seq++
		s = w.begin(s, seq)
		s.Side = stream.Client
		if flags&packet.FlagACK != 0 {
			s.Side = stream.Server
		}
		if kind := w.engine.ip[packet.ProtocolTCP]; kind != detect.None {
			if h := &w.handlers[kind]; h.msg.Parse(c, p) {
				w.conclude(h)
			}
		}
	}
	end := flags&(packet.FlagFIN|packet.FlagRST) != 0
	if !c.More() {
		if end && s != nil {
			w.close(s, seq)
		}
		return
	}
	if s == nil {
		s = w.open(seq)
	}
	if p.Bytes == nil { // there are no numbers: the data carries on
		seq = s.Next
		if s.Held != nil {
			seq += uint32(len(s.Held.Data()))
		}
	}
	if !s.Anchored && s.Read < jump && int32(seq-s.Begin) < 0 {
		w.readBefore(s, c, seq)
	}
	d := int(int32(seq - s.Next))
	if d > stream.MaxHeld || d < -jump {
		w.giveUp(s)
		s.Restart(seq)
		s.Anchored, s.Boundary = true, false
		s.Read = settled // it is in the middle
		d = 0
	}
	if s.Zeros > 0 {
		if d == int(s.Zeros) { // they were data
			w.hold(s, 0, zeros[:d], 0)
		}
		s.Zeros = 0
	}
	if d == 0 && s.Held == nil && flags&(packet.FlagPSH|packet.FlagFIN|packet.FlagRST) == 0 && len(c) <= len(zeros) && isZero(c) {
		s.Zeros = uint8(len(c))
		return
	}
	if d < 0 { // it was read before
		if len(c) <= -d {
			return
		}
		c.Skip(-d)
		d = 0
	}
	if s.Held == nil && d == 0 {
		w.claimed = false
		n, need := w.readStream(s, c, 0, end)
		if !s.Anchored && s.Read == 0 && !w.claimed && !end && w.tcpFlows == nil && n == len(c) && n < floatBytes {
			w.float(s, 0, c)
			return
		}
		s.Advance(n)
		if n < len(c) {
			w.hold(s, 0, c[n:], need)
		}
		return
	}
	if s.Floating > 0 {
		w.followFloating(s, c, d, end)
		return
	}
	w.hold(s, d, c, 0)
	h := s.Held
	if h == nil {
		return
	}
	data := h.Data()
	if len(data) < h.Need && !(end && data != nil) || data == nil {
		return
	}
	w.readHeld(s, end && h.Last+len(c) == len(data))
}

// close reads what a stream holds at its end, which has a sequence number. One
// that has overtaken data is not the end yet.
func (w *Worker) close(s *stream.Stream, seq uint32) {
	if h := s.Held; h != nil && h.Gap() == 0 && int(int32(seq-s.Next)) <= len(h.Data()) {
		w.giveUp(s)
	}
}

// zeros are what pads a packet without data to the least size of an Ethernet
// frame. Some senders and captures count them as data.
var zeros [6]byte

func isZero(c wire.Cursor) bool {
	for _, b := range c {
		if b != 0 {
			return false
		}
	}
	return true
}

// begin returns the stream that a SYN begins, of which s is what is known
// already.
func (w *Worker) begin(s *stream.Stream, seq uint32) *stream.Stream {
	if s == nil {
		s = w.open(seq)
		s.Anchored = true
		return s
	}
	switch before := int(int32(s.Begin - seq)); {
	case before == 0: // the same SYN again, or one that comes late
	case before < 0 || before > stream.MaxHeld || s.Anchored:
		w.giveUp(s)
		s.Restart(seq)
	case s.Read == 0 && s.Held != nil && w.streams.Rebase(s, before):
		s.Floating, s.Held.Need = 0, 0
	default: // what comes before is still welcome
		return s
	}
	s.Anchored = true
	return s
}

const (
	floatBytes    = 16 << 10 // bytes that are held until what comes before them follows
	floatSegments = 8        // segments of these
)

// float holds the first data of a stream whose beginning is not known and in
// which there is no message: it may be the continuation of one whose beginning
// comes later.
func (w *Worker) float(s *stream.Stream, offset int, c wire.Cursor) {
	n := s.Floating + 1
	if w.hold(s, offset, c, 0); s.Held != nil {
		s.Floating = n
	}
}

// followFloating processes data at an offset of a stream whose first data
// floats.
func (w *Worker) followFloating(s *stream.Stream, c wire.Cursor, offset int, end bool) {
	if offset == 0 || offset != len(s.Held.Data()) || !w.isMessage(c) {
		w.float(s, offset, c)
		w.resolve(s, end)
		return
	}
	w.giveUp(s)
	n, need := w.readStream(s, c, 0, end)
	s.Advance(n)
	if n < len(c) {
		w.hold(s, 0, c[n:], need)
	}
}

// resolve reads what a stream holds of its first data, if that makes sense now
// or there is too much of it.
func (w *Worker) resolve(s *stream.Stream, end bool) {
	h := s.Held
	if h == nil {
		return
	}
	if h.Gap() > 0 {
		if end || s.Floating > floatSegments {
			w.giveUp(s)
		}
		return
	}
	data := h.Data()
	w.claimed = false
	n, need := w.readStream(s, data, h.Last, end)
	if !w.claimed && !end && s.Floating <= floatSegments && len(data) < floatBytes {
		return
	}
	s.Floating = 0
	w.drop(s, n, need)
}

// readBefore reads data from seq on, before the first data that was seen of a
// stream.
func (w *Worker) readBefore(s *stream.Stream, c wire.Cursor, seq uint32) {
	before := int(s.Begin - seq)
	if s.Read == 0 && s.Held != nil && w.streams.Rebase(s, before) {
		s.Held.Need = 0
		return
	}
	w.piece = stream.Stream{}
	w.piece.Restart(seq)
	w.readStream(&w.piece, c[:min(before, len(c))], 0, true)
	s.Begin = seq
}

// open enters the present packet's stream.
func (w *Worker) open(next uint32) *stream.Stream {
	if old := w.streams.Oldest(); old != nil {
		w.giveUp(old)
	}
	return w.streams.Open(&w.pkt.Key, next)
}

// hold keeps data of a stream until more comes. Where there is too much, what
// is there is read as it is.
func (w *Worker) hold(s *stream.Stream, offset int, data wire.Cursor, need int) {
	w.kept = true
	limit := stream.MaxHeld
	if s.Read > settled && offset > 0 && (s.Held == nil || s.Held.Gap() > 0) {
		limit = settledGap
	}
	if s.Held == nil {
		for old := w.streams.Full(); old != nil; old = w.streams.Full() {
			w.streams.Dropped++
			w.giveUp(old.Stream())
		}
		h := w.streams.Hold(s)
		w.began(h)
	}
	h := s.Held
	if need != 0 {
		h.Need = need
	}
	if offset+len(data) <= limit && w.streams.Add(h, offset, data) {
		for old := w.streams.Overfull(); old != nil; old = w.streams.Overfull() {
			w.streams.Dropped++
			w.giveUp(old.Stream())
		}
		return
	}
	w.streams.Dropped++
	next := s.Next + uint32(offset)
	w.giveUp(s)
	if d := int(int32(next - s.Next)); d >= 0 {
		s.Next, s.Boundary = next, false
		n, _ := w.readStream(s, data, 0, true)
		s.Advance(max(n, len(data)))
	}
}

// began notes that the present packet begins what a stream holds.
func (w *Worker) began(h *stream.Held) {
	p := &w.pkt
	w.streams.Began(h, &p.Key, p.Time, w.number, p.Headers, p.Bytes)
	if w.members != nil {
		h.Origin = w.members.Origin()
	}
}

// readHeld reads what a stream holds without a gap.
func (w *Worker) readHeld(s *stream.Stream, end bool) {
	h := s.Held
	n, need := w.readStream(s, h.Data(), h.Last, end)
	w.drop(s, n, need)
}

// drop forgets n bytes of what a stream holds, which have been read. need is
// what the rest waits for.
func (w *Worker) drop(s *stream.Stream, n, need int) {
	h := s.Held
	s.Advance(n)
	if h.Empty() {
		w.streams.Release(s)
		return
	}
	h.Need = need
	if n > 0 { // what is left came with the present packet, or waits behind a gap
		w.began(h)
		h.Packets = 1
	}
}

// giveUp reads what a stream holds as it is, and passes over the gaps.
func (w *Worker) giveUp(s *stream.Stream) {
	h := s.Held
	if h == nil {
		return
	}
	saved := w.pkt
	if w.members != nil {
		defer w.members.SetOrigin(w.members.SetOrigin(h.Origin))
	}
	w.pkt = proto.Packet{Key: h.Key, Time: h.Time, Headers: &h.Headers, Bytes: h.Header}
	w.flushing = true
	for !h.Empty() {
		if gap := h.Gap(); gap > 0 {
			s.Advance(gap)
			s.Boundary = false
			s.Dot = min(s.Dot, 1)
		}
		data := h.Data()
		n, _ := w.readStream(s, data, len(data), true)
		s.Advance(max(n, len(data)))
	}
	w.flushing = false
	w.streams.Release(s)
	w.pkt = saved
}

// readStream reads the messages in data, which begins at a stream's Next.
// last is the offset of what the present packet brought. end says that what
// is incomplete is to be taken as it is. It returns how many bytes have been
// read, which may be more than there are, and how many the rest must have
// before another look is worth it.
func (w *Worker) readStream(s *stream.Stream, data wire.Cursor, last int, end bool) (n, need int) {
	w.inStream = true
	for n < len(data) {
		rest := data[n:]
		if s.Dot != 0 {
			n += s.SkipText(rest)
			s.Boundary = s.Dot == 0
			w.claimed = true
			continue
		}
		f := &w.frame
		framer := w.findFrame(rest, proto.Frame{End: end, First: s.Read == 0 && n == 0, Behind: !s.Boundary, FromServer: w.fromServer(s)}, s.Framer)
		w.claimed = w.claimed || f.Status != proto.NotFramed
		w.cameAs = stream.Joined{Reassembled: n < last && (w.flushing || last > 0)}
		if h := s.Held; h != nil && w.cameAs.Reassembled {
			w.cameAs.Reassembled = h.Packets > 1
			w.cameAs.Flags = h.Flags
		}
		switch f.Status {
		case proto.FrameMore:
			return n, max(f.Need, len(rest)+1)
		case proto.FrameSkip:
			n += max(f.Length, 1)
			s.Boundary = true
			if framer != 0 {
				s.Framer = framer
			}
			continue
		case proto.FrameComplete:
			w.cameAs.Truncated = f.Truncated
			dot := f.Dot
			kind := detect.None
			if f.Kind != 0 {
				kind = w.engine.framers[framer-1].kinds[f.Kind-1]
			}
			w.readMessage(f.Data, kind)
			n += max(f.Length, 1)
			s.Boundary, s.Framer = true, framer
			if dot {
				s.BeginText()
			}
			continue
		}
		if last > n && last-n < undecided && len(data)-last >= shortest && !w.flushing &&
			w.findBehind(s, rest) >= last-n && w.isMessage(data[last:]) {
			// The few bytes before were all there is of something else.
			rest = data[n:last]
		}
		first := s.Read == 0 && n == 0
		size, more := w.readUnframed(s, rest, first, end || len(rest) < len(data)-n)
		if more > 0 {
			return n + size, more
		}
		n += size
		s.Boundary = false
	}
	return n, 0
}

// findFrame has the protocols look at data.
// It returns the number of the one that knows it. place says where the data is,
// but for the ports; last is the number of the one that knew what comes before it.
func (w *Worker) findFrame(data wire.Cursor, place proto.Frame, last uint8) (framer uint8) {
	f, k := &w.frame, &w.pkt.Key
	place.SrcPort, place.DstPort, place.Buf = k.SrcPort, k.DstPort, f.Buf
	*f = place
	if last > 0 {
		f.Follows = true
		if w.engine.framers[last-1].Frame(data, f); f.Status != proto.NotFramed {
			return last
		}
		f.Follows = false
	}
	if frameProxy(data, f); f.Status != proto.NotFramed {
		return 0
	}
	for i, x := range w.engine.framers {
		if i+1 == int(last) {
			continue
		}
		if x.Frame(data, f); f.Status != proto.NotFramed {
			return uint8(i + 1)
		}
	}
	return 0
}

// fromServer reports whether a stream, the present packet's, is that of the
// side that was connected to.
func (w *Worker) fromServer(s *stream.Stream) bool {
	k := &w.pkt.Key
	return s.Side == stream.Server || s.Side == stream.UnknownSide && k.SrcPort < k.DstPort
}

// isMessage reports whether data by itself is a message.
func (w *Worker) isMessage(data wire.Cursor) bool {
	if w.findFrame(data, proto.Frame{}, 0); w.frame.Status == proto.FrameComplete {
		return true
	}
	_, parsed := w.stream(data, false)
	return parsed != nil
}

// readMessage parses and writes a message that begins data. kind is
// detect.None where it isn't known.
func (w *Worker) readMessage(data wire.Cursor, kind detect.Kind) {
	p := &w.pkt
	p.Missing, p.Indefinite, p.Supplementary = 0, false, false
	if kind == detect.None {
		_, parsed := w.stream(data, false)
		w.writeJoined(parsed)
	} else if h := &w.handlers[kind]; h.msg.Parse(data, p) {
		w.writeJoined(h)
	}
}

func (w *Worker) writeJoined(h *handler) {
	if h == nil {
		return
	}
	if w.pkt.Missing != 0 {
		w.cameAs.Truncated = true
	}
	if w.cameAs.Truncated {
		w.incomplete++
	}
	w.conclude(h)
}

// isOne reports whether data is one message, although another one may begin at
// an offset in it: a few bytes at its end that only look like that, or what the
// message carries. What a carrier has inside is cut by its own headers.
func (w *Worker) isOne(data wire.Cursor, offset int) bool {
	p := &w.pkt
	if len(data)-offset >= undecided {
		kind := w.engine.tcp.Find(data, p.Key.SrcPort, p.Key.DstPort)
		return kind != detect.None && w.engine.kinds[kind].Carrier
	}
	p.Missing = 0
	_, parsed := w.stream(data, false)
	return parsed != nil && p.Missing == 0
}

// findBehind returns the offset at which a message begins, or may begin,
// behind data of another protocol: the length of data where there is none.
func (w *Worker) findBehind(s *stream.Stream, data wire.Cursor) int {
	n := len(data)
	if s.Read < early {
		for _, x := range w.engine.framers {
			if x.Find != nil {
				n = min(n, x.Find(data))
			}
		}
	}
	return n
}

// readUnframed reads data that no protocol finds a frame in: up to where one
// does. It returns how many bytes it has read, and the number of bytes that
// the rest must have where it has to wait.
func (w *Worker) readUnframed(s *stream.Stream, data wire.Cursor, first, end bool) (n, need int) {
	n = w.findBehind(s, data)
	p := &w.pkt
	if n < len(data) && w.isOne(data, n) {
		if rest := len(data) - n; !end && rest > 1 && rest < undecided && w.isOne(data[:n], n) {
			return 0, len(data) + 1 // more data tells whose the last bytes are
		}
		n = len(data)
	}
	p.Missing, p.Indefinite, p.Supplementary = 0, false, false
	claimed, parsed := w.stream(data[:n], first && w.tcpFlows != nil)
	w.claimed = w.claimed || parsed != nil
	switch {
	case end || n < len(data):
	case p.Missing != 0 && p.Missing <= stream.MaxHeld:
		if p.Indefinite {
			return 0, n + 1
		}
		return 0, n + int(p.Missing)
	case n < undecided && s.Boundary && (claimed == nil || parsed == &w.initialTCP):
		return 0, n + 1
	}
	w.writeJoined(parsed)
	if n < len(data) && len(data)-n < undecided && !end {
		return n, len(data) - n + 1
	}
	return n, 0
}

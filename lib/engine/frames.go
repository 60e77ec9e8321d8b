package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/stream"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	// undecided is how many bytes at the beginning of a message tell its
	// protocol. Fewer are held.
	undecided = 16

	// shortest is how many bytes a segment must have to be taken for a message
	// of its own while fewer than undecided are held before it.
	shortest = 4

	// early is how many bytes at the beginning of a stream are searched for a
	// message behind data of another protocol.
	early = 16 << 10
)

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

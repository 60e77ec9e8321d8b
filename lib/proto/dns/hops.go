package dns

import "merctools/lib/wire"

// hops are how many bytes four labels take, by the offset behind the header at which
// the first one begins; 0 where there are fewer.
//
// To read a label's length, that of the label before must be known: a name of 126
// labels takes longer to read than to write, and thousands of records can point to
// it. With hops four lengths are read at a time.
type hops [maxOffset]uint16

// maxOffset is behind the highest offset that a compression pointer can have.
const maxOffset = 1 << 14

// read finds the hops of a message without its header.
func (h *hops) read(msg wire.Cursor) {
	msg = msg.UpTo(maxOffset)
	clear(h[len(msg):])
	for i, n := range msg {
		h[i] = 0
		if n&pointer == 0 && n != 0 {
			h[i] = 1 + uint16(n)
		}
	}
	for range 2 { // of one label, of two, of four
		for i, n := range h[:len(msg)] {
			if next := i + int(n); next < len(h) && h[next] != 0 {
				h[i] += h[next]
			} else {
				h[i] = 0
			}
		}
	}
}

// from returns those from an offset in the whole message on; none of no hops.
func (h *hops) from(offset int) []uint16 {
	if h == nil {
		return nil
	}
	return h[offset-headerLen:]
}

// hop puts dots between labels that are in buf already, those of s, of which there are
// four at least. It returns the offset of a length before which is no dot yet.
func hop(buf []byte, s wire.Cursor, hops []uint16) int {
	a, b := 0, 1+int(s[0])
	c := b + 1 + int(s[b])
	d := c + 1 + int(s[c])
	for d < len(buf) {
		if a > 0 {
			buf[a-1] = '.'
		}
		buf[b-1], buf[c-1] = '.', '.'
		if d >= len(hops) || hops[a] == 0 || hops[b] == 0 || hops[c] == 0 || hops[d] == 0 {
			break
		}
		buf[d-1] = '.'
		a, b, c, d = a+int(hops[a]), b+int(hops[b]), c+int(hops[c]), d+int(hops[d])
	}
	return d
}

package reassembly

import "slices"

// A Buffer puts together what comes in any order. Where parts overlap, the bytes
// that came first stay. The zero Buffer is empty; its memory may be used again.
type Buffer struct {
	Bytes []byte
	Spans []Span // of Bytes, those that are there: in order, with gaps between them
}

// A Span is a range of bytes: from Begin to End, which is excluded.
type Span struct{ Begin, End int }

// Add puts in data, which is not empty, at an offset. It reports whether some of
// it is new, and whether there was something in its place.
func (b *Buffer) Add(offset int, data []byte) (fresh, overlaps bool) {
	end := offset + len(data)
	if end > len(b.Bytes) {
		b.Bytes = slices.Grow(b.Bytes, end-len(b.Bytes))[:end]
	}
	i, _ := slices.BinarySearchFunc(b.Spans, offset, func(x Span, at int) int { return x.End - at })
	at, whole := offset, Span{offset, end}
	j := i
	for ; j < len(b.Spans) && b.Spans[j].Begin <= end; j++ {
		x := b.Spans[j]
		if at < x.Begin {
			copy(b.Bytes[at:x.Begin], data[at-offset:])
			fresh = true
		}
		overlaps = overlaps || x.End > offset && x.Begin < end
		at = max(at, x.End)
		whole.Begin, whole.End = min(whole.Begin, x.Begin), max(whole.End, x.End)
	}
	if at < end {
		copy(b.Bytes[at:end], data[at-offset:])
		fresh = true
	}
	if j == i+1 {
		b.Spans[i] = whole
	} else {
		b.Spans = slices.Replace(b.Spans, i, j, whole)
	}
	return fresh, overlaps
}

// Begun is what is there from the beginning without a gap, nil where its first
// byte is not there.
func (b *Buffer) Begun() []byte {
	if len(b.Spans) == 0 || b.Spans[0].Begin != 0 {
		return nil
	}
	return b.Bytes[:b.Spans[0].End]
}

// Memory is the number of bytes that the Buffer takes.
func (b *Buffer) Memory() int { return cap(b.Bytes) + 16*cap(b.Spans) }

// Reset empties the Buffer and keeps its memory.
func (b *Buffer) Reset() { b.Bytes, b.Spans = b.Bytes[:0], b.Spans[:0] }

// Rebase makes the Buffer begin n bytes earlier. What is there keeps its place.
func (b *Buffer) Rebase(n int) {
	size := len(b.Bytes)
	b.Bytes = slices.Grow(b.Bytes, n)[:size+n]
	copy(b.Bytes[n:], b.Bytes[:size])
	for i := range b.Spans {
		b.Spans[i].Begin += n
		b.Spans[i].End += n
	}
}

// Advance forgets the first n bytes, which may be more than there are.
func (b *Buffer) Advance(n int) {
	keep := b.Spans[:0]
	for _, x := range b.Spans {
		if x.End > n {
			keep = append(keep, Span{max(x.Begin-n, 0), x.End - n})
		}
	}
	b.Spans = keep
	b.Bytes = b.Bytes[:copy(b.Bytes, b.Bytes[min(n, len(b.Bytes)):])]
}

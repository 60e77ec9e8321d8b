package fingerprintdb

// prevalenceLine reads a line of FilePrevalence: a fingerprint that is seen often.
func prevalenceLine(text []byte) (digest, error) {
	var room [512]byte
	if text[0] == '(' {
		text = append(append(room[:0], "tls/"...), text...)
	}
	return digestOf(text), nil
}

// A digestSet is a set of fingerprints. A look-up takes one look at memory that is
// far away, where a map takes two.
type digestSet struct {
	slots []digest // open addressing, a power of two in size, at most 3/4 full; zero where there is none
	count int
}

// expect makes room for n fingerprints.
func (s *digestSet) expect(n int) {
	size := minSlots
	for size/4*3 < n {
		size *= 2
	}
	if size > len(s.slots) {
		s.resize(size)
	}
}

const minSlots = 64

// add adds a fingerprint, unless there are too many.
func (s *digestSet) add(d digest) error {
	if s.count >= maxKnown {
		return errKnown
	}
	if s.count >= len(s.slots)/4*3 {
		s.resize(max(2*len(s.slots), minSlots))
	}
	if s.place(d) {
		s.count++
	}
	return nil
}

// has reports whether a fingerprint was added.
func (s *digestSet) has(d digest) bool {
	return len(s.slots) > 0 && *s.slot(d) != digest{}
}

// slot is where a fingerprint is, or would be.
func (s *digestSet) slot(d digest) *digest {
	mask := uint64(len(s.slots) - 1)
	for i := d.a & mask; ; i = (i + 1) & mask {
		if e := &s.slots[i]; *e == d || *e == (digest{}) {
			return e
		}
	}
}

// place puts a fingerprint into its slot, and reports whether it is new.
func (s *digestSet) place(d digest) bool {
	e := s.slot(d)
	isNew := *e != d
	*e = d
	return isNew
}

func (s *digestSet) resize(size int) {
	old := s.slots
	s.slots = make([]digest, size)
	for _, d := range old {
		if d != (digest{}) {
			s.place(d)
		}
	}
}

package members

import (
	"time"

	"merctools/lib/record"
)

func writeFile(s *Set, w *record.Writer) { s.writeName(w, "file", s.File) }

func writeInterface(s *Set, w *record.Writer) { s.writeName(w, "interface", s.Interface) }

func (s *Set) writeName(w *record.Writer, key, name string) {
	if name != "" {
		s.text = append(s.text[:0], name...)
		w.Key(key).Text(s.text)
	}
}

func writeNumber(s *Set, w *record.Writer) {
	if s.Number > 0 {
		w.Key("packet").Uint(s.Number)
	}
}

// writeSize writes the bytes that were captured where nothing else is known.
func writeSize(s *Set, w *record.Writer) {
	n := max(s.Length, uint32(len(s.Bytes)))
	if n > 0 {
		w.Key("size").Uint(uint64(n))
	}
}

func writeMAC(s *Set, w *record.Writer) {
	if s.Headers == nil {
		return
	}
	h := s.Headers.Hardware(s.Bytes)
	if h.Src == nil && h.Dst == nil {
		return
	}
	w.Key("mac").Object()
	if h.Src != nil {
		w.Key("src").MAC(h.Src)
	}
	if h.Dst != nil {
		w.Key("dst").MAC(h.Dst)
	}
	w.EndObject()
}

func writeVLAN(s *Set, w *record.Writer) {
	if s.Headers == nil {
		return
	}
	h := s.Headers.Hardware(s.Bytes)
	id, ok := h.NextVLAN()
	if !ok {
		return
	}
	w.Key("vlan").Array()
	for ; ok; id, ok = h.NextVLAN() {
		w.Elem().Uint(uint64(id))
	}
	w.EndArray()
}

// dateFormat is the part of a time that packets of the same second share.
const dateFormat = "2006-01-02T15:04:05."

// writeTime writes nine decimals always, so that texts sort like times.
func writeTime(s *Set, w *record.Writer) {
	second, ns := s.Time/1e9, s.Time%1e9
	if ns < 0 {
		second, ns = second-1, ns+1e9
	}
	if second != s.second || s.date[0] == 0 {
		s.second = second
		time.Unix(second, 0).UTC().AppendFormat(s.date[:0], dateFormat)
	}
	s.text = append(s.text[:0], s.date[:]...)
	for div := int64(1e8); div > 0; div /= 10 {
		s.text = append(s.text, byte('0'+ns/div%10))
	}
	s.text = append(s.text, 'Z')
	w.Key("time_iso").StrBytes(s.text)
}

package report

import (
	"cmp"
	"slices"
)

// A table counts by key. It holds no more than a number of entries, and no more
// than a number of bytes of text: when it is full, the quarter of its entries
// that was seen least makes room. What is then displaced is counted.
type table[K comparable, V any] struct {
	entries   map[K]*entry[K, V]
	max       int    // entries
	bytes     int    // of text, as callers say
	maxBytes  int    // 0: no bound
	serial    uint64 // of entries
	displaced uint64 // entries that made room
	lost      uint64 // the largest count of one that did
}

// An entry is what is known of a key.
type entry[K comparable, V any] struct {
	key         K
	count       uint64
	first, last int64 // nanoseconds since 1970
	serial      uint64
	size        int
	value       V
}

func newTable[K comparable, V any](entries, bytes int) *table[K, V] {
	return &table[K, V]{entries: map[K]*entry[K, V]{}, max: entries, maxBytes: bytes}
}

// at counts a key, at a time, and returns its entry. size is how many bytes of
// text its key and value hold.
func (t *table[K, V]) at(k K, when int64, size int) *entry[K, V] {
	e, ok := t.entries[k]
	if !ok {
		e = t.add(k, size)
	}
	e.count++
	e.seen(when)
	return e
}

func (t *table[K, V]) add(k K, size int) *entry[K, V] {
	if len(t.entries) >= t.max || t.maxBytes > 0 && t.bytes+size > t.maxBytes {
		t.makeRoom()
	}
	t.serial++
	t.bytes += size
	e := &entry[K, V]{key: k, serial: t.serial, size: size}
	t.entries[k] = e
	return e
}

// seen notes a time.
func (e *entry[K, V]) seen(when int64) {
	if when == 0 {
		return
	}
	if e.first == 0 || when < e.first {
		e.first = when
	}
	if e.last == 0 || when > e.last {
		e.last = when
	}
}

func (t *table[K, V]) makeRoom() {
	list := t.sorted(nil)
	for _, e := range list[len(list)*3/4:] {
		t.displaced++
		t.lost = max(t.lost, e.count)
		t.bytes -= e.size
		delete(t.entries, e.key)
	}
}

// sorted returns the entries that keep says, all of them where it is nil: those
// that were seen most come first, of equals those that came first.
func (t *table[K, V]) sorted(keep func(*entry[K, V]) bool) []*entry[K, V] {
	var list []*entry[K, V]
	for _, e := range t.entries {
		if keep == nil || keep(e) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *entry[K, V]) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.serial, b.serial))
	})
	return list
}

// few counts texts: the first of them, and how many more there were.
type few struct {
	list []counted
	more uint64 // messages with others
}

type counted struct {
	text  string
	count uint64
}

// add counts a text, one of up to most different ones.
func (f *few) add(text []byte, most int) {
	if len(text) == 0 {
		return
	}
	for i := range f.list {
		if f.list[i].text == string(text) {
			f.list[i].count++
			return
		}
	}
	if len(f.list) >= most {
		f.more++
		return
	}
	f.list = append(f.list, counted{string(clip(text)), 1})
}

// sorted are the texts, the most frequent first.
func (f *few) sorted() []counted {
	list := slices.Clone(f.list)
	slices.SortStableFunc(list, func(a, b counted) int { return cmp.Compare(b.count, a.count) })
	return list
}

// most is the most frequent text, or "".
func (f *few) most() string {
	if list := f.sorted(); len(list) > 0 {
		return list[0].text
	}
	return ""
}

// maxText is how many bytes of a text are kept.
const maxText = 200

// clip cuts a text that is too long, between characters.
func clip(text []byte) []byte {
	if len(text) <= maxText {
		return text
	}
	n := maxText
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return append(slices.Clone(text[:n]), "…"...)
}

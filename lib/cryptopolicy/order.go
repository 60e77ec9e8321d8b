package cryptopolicy

import "iter"

// An extensionOrder is a set of code points, and yields them in the order in
// which records have always listed them: that of a hash table with chains
// which puts a new element first in its chain, and a new chain before all
// others. The table grows to these numbers of chains.
var chainCounts = [...]int{13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229}

// Quirk Q118: the order is that of a hash table.
type extensionOrder struct {
	codes  []uint16 // as they came
	next   []int32  // by element: the one behind it; the first is the list's head
	before []int32  // by chain: the element before its first, or none
	chains int
	size   int // index in chainCounts
}

const none = -1

func (o *extensionOrder) reset() {
	o.codes = o.codes[:0]
	o.size = 0
	o.rebuild()
}

// add puts in a code point, unless it is there.
func (o *extensionOrder) add(code uint16) {
	if o.has(code) {
		return
	}
	if len(o.codes) == chainCounts[o.size] {
		o.size++
		// The elements move in the order in which they are listed now.
		var listed []uint16
		for c := range o.all() {
			listed = append(listed, c)
		}
		o.codes = append(o.codes[:0], listed...)
		o.rebuild()
	}
	o.codes = append(o.codes, code)
	o.link(int32(len(o.codes)))
}

// rebuild links all elements anew.
func (o *extensionOrder) rebuild() {
	o.chains = chainCounts[o.size]
	o.before = o.before[:0]
	for range o.chains {
		o.before = append(o.before, none)
	}
	o.next = append(o.next[:0], none)
	for i := range o.codes {
		o.link(int32(i + 1))
	}
}

// link puts an element into the list; elements are numbered from 1.
func (o *extensionOrder) link(i int32) {
	chain := o.chain(i)
	at := o.before[chain]
	if at == none {
		// A new chain goes first, so what was first now comes behind i.
		at = 0
		if first := o.next[0]; first != none {
			o.before[o.chain(first)] = i
		}
		o.before[chain] = 0
	}
	o.next = append(o.next[:i], o.next[at])
	o.next[at] = i
}

func (o *extensionOrder) chain(i int32) int { return int(o.codes[i-1]) % o.chains }

func (o *extensionOrder) has(code uint16) bool {
	at := o.before[int(code)%o.chains]
	if at == none {
		return false
	}
	for i := o.next[at]; i != none && o.chain(i) == int(code)%o.chains; i = o.next[i] {
		if o.codes[i-1] == code {
			return true
		}
	}
	return false
}

// all yields the code points in their order.
func (o *extensionOrder) all() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for i := o.next[0]; i != none; i = o.next[i] {
			if !yield(o.codes[i-1]) {
				return
			}
		}
	}
}

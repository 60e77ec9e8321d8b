package reassembly

import (
	"testing"

	"merctools/lib/flow"
)

func TestSeen(t *testing.T) {
	s := NewSeen(0)
	a, b := key(1), key(2)
	for _, tt := range []struct {
		key  flow.Key
		sec  int64
		want bool
	}{
		{a, 1000, true},
		{a, 1000, false},
		{b, 1001, true},
		{a.Reverse(), 1001, true},
		{a, 4599, false}, // 3599 s after it was first seen
		{a, 8198, false}, // 3599 s after it was last seen
		{a, 11798, true}, // an hour
		{a, 11799, true}, // it stays new
		{b, 1000, true},  // the clock went back
		{b, 1001, false},
	} {
		if got := s.IsNew(&tt.key, tt.sec); got != tt.want {
			t.Errorf("at %d: %v", tt.sec, got)
		}
	}
}

func TestSeenIsBounded(t *testing.T) {
	s := &Seen{newTable[int64](4)}
	for n := range 6 {
		k := key(n)
		s.IsNew(&k, 1)
	}
	if len(s.entries) != 4 || s.Evicted != 2 {
		t.Errorf("%d flows, %d evicted", len(s.entries), s.Evicted)
	}
	oldest, newest := key(0), key(5)
	if s.IsNew(&newest, 1) || !s.IsNew(&oldest, 1) {
		t.Error("the oldest was to go")
	}
}

func TestOpened(t *testing.T) {
	k := key(1)
	const seq = 0xffffffff // what follows has the sequence number 0
	for _, tt := range []struct {
		name string
		sec  int64
		seq  uint32
		want bool
	}{
		{"first", 1000, 0, true},
		{"later", 1000, 5, false},
		{"before", 1000, 0xfffffffe, false},
		{"later, 29 s after the SYN", 1029, 5, false},
		{"later, 30 s after the SYN", 1030, 5, true},
		{"before the SYN", 999, 5, true},
	} {
		o := NewOpened(0)
		if o.IsFirst(&k, tt.sec, tt.seq) {
			t.Errorf("%s: without a SYN", tt.name)
		}
		o.SYN(&k, 1000, seq)
		o.SYN(&k, 1000, 77) // sent again, with another number
		if got := o.IsFirst(&k, tt.sec, tt.seq); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		// What was found first is not found again; the rest goes on.
		if got := o.IsFirst(&k, 1000, 0); got == tt.want {
			t.Errorf("%s: then %v", tt.name, got)
		}
	}
}

func TestOpenedClose(t *testing.T) {
	o := NewOpened(0)
	k := key(1)
	r := k.Reverse()
	o.SYN(&k, 1000, 1)
	o.SYN(&r, 1000, 1)
	o.Close(&k)
	if o.IsFirst(&k, 1000, 2) {
		t.Error("a closed flow has a first segment")
	}
	if !o.IsFirst(&r, 1000, 2) {
		t.Error("the other direction is closed too")
	}
}

// What comes late is forgotten when something else of the conversation comes.
func TestOpenedLate(t *testing.T) {
	k := key(1)
	r := k.Reverse()
	for _, tt := range []struct {
		name  string
		other func(o *Opened)
		want  bool // data of k, 40 s after its SYN, is first
	}{
		{"nothing else", func(*Opened) {}, true},
		{"early data of the other direction", func(o *Opened) { o.IsFirst(&r, 1029, 9) }, true},
		{"late data of the other direction", func(o *Opened) { o.IsFirst(&r, 1030, 9) }, false},
		{"first data of the other direction", func(o *Opened) { o.SYN(&r, 1001, 8); o.IsFirst(&r, 1030, 9) }, true},
		{"late SYN/ACK", func(o *Opened) { o.SYN(&r, 1030, 9) }, false},
		{"SYN/ACK before its time", func(o *Opened) { o.SYN(&r, 999, 9) }, false},
		{"late SYN", func(o *Opened) { o.SYN(&k, 1030, 77) }, false},
		{"another flow", func(o *Opened) { k := key(2); o.IsFirst(&k, 1035, 9) }, true},
	} {
		o := NewOpened(0)
		o.SYN(&k, 1000, 1)
		tt.other(o)
		if got := o.IsFirst(&k, 1040, 5); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A flow that is forgotten and comes again is not the oldest.
func TestOpenedAgain(t *testing.T) {
	o := &Opened{newTable[opening](2)}
	a, b, c := key(1), key(2), key(3)
	o.SYN(&a, 1, 1)
	o.Close(&a)
	o.SYN(&b, 1, 1)
	o.SYN(&c, 1, 1)
	if o.Evicted != 0 || !o.IsFirst(&b, 1, 2) || !o.IsFirst(&c, 1, 2) {
		t.Errorf("%d evicted", o.Evicted)
	}
}

func TestTablesNoAllocations(t *testing.T) {
	s, o := NewSeen(0), NewOpened(0)
	k := key(1)
	s.IsNew(&k, 1000)
	o.SYN(&k, 1000, 1)
	if n := testing.AllocsPerRun(100, func() {
		s.IsNew(&k, 1001)
		o.IsFirst(&k, 1001, 7)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

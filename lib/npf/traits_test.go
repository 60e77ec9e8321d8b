package npf

import (
	"slices"
	"testing"
)

const (
	traitsHello = "tls/(0303)(0a0a13011302c02b)((0a0a)(0000)(0017)(000a000a00080a0a001d00170018)(002b0007060a0a03040303)(0023)(0015))"
	traitsQUIC  = "quic/1/(00000001)(0303)(13011302)[(0000)(000a00060004001d0017)((0039)[(01)(03)(1b)])]"
	traitsHTTP  = "http/(474554)(485454502f312e31)((486f7374)(4163636570743a202a2f2a)(436f6f6b6965)(557365722d4167656e74))"
)

// What a program varies makes no difference.
func TestTraitsOfVariants(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		typ        Type
	}{
		{"GREASE, padding, ticket, server_name", traitsHello,
			"tls/(0303)(13011302c02b)((0017)(000a00080006001d00170018)(002b00050403040303))", TLS},
		{"order of extensions", traitsHello,
			"tls/2/(0303)(0a0a13011302c02b)[(000a000a00080a0a001d00170018)(0017)(002b0007060a0a03040303)(0a0a)]", TLS},
		{"fallback SCSV, resumption", traitsHello,
			"tls/(0303)(13011302c02b5600)((0017)(000a00080006001d00170018)(002b00050403040303)(002a)(0029))", TLS},
		{"transport parameters for GREASE", traitsQUIC,
			"quic/1/(00000001)(0303)(13011302)[(000a00060004001d0017)((0039)[(01)(03)])]", QUIC},
		{"headers of a request", traitsHTTP,
			"http/(504f5354)(485454502f312e31)((486f7374)(4163636570743a202a2f2a)(557365722d4167656e74)(436f6e74656e742d4c656e677468))", HTTP},
	} {
		a, b := AppendTraits(nil, c.typ, []byte(c.a)), AppendTraits(nil, c.typ, []byte(c.b))
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s: %d and %d traits, not the same", c.name, len(a), len(b))
		}
	}
}

// What tells programs apart makes one.
func TestTraitsOfOthers(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		typ        Type
	}{
		{"order of suites", traitsHello, "tls/(0303)(13021301c02b)((0017)(000a00080006001d00170018)(002b00050403040303))", TLS},
		{"a group", traitsHello, "tls/(0303)(13011302c02b)((0017)(000a00080006001d00170019)(002b00050403040303))", TLS},
		{"a parameter", traitsQUIC, "quic/1/(00000001)(0303)(13011302)[(000a00060004001d0017)((0039)[(01)(04)])]", QUIC},
		{"the value of a header", traitsHTTP, "http/(474554)(485454502f312e31)((486f7374)(4163636570743a202a2f2b)(557365722d4167656e74))", HTTP},
	} {
		if slices.Equal(AppendTraits(nil, c.typ, []byte(c.a)), AppendTraits(nil, c.typ, []byte(c.b))) {
			t.Errorf("%s makes no difference", c.name)
		}
	}
}

// The codes are the same in every run: archives have distances that rest on
// them.
func TestTraitCodes(t *testing.T) {
	var c collector
	c.add(suite, 2, []byte("1301"))
	if got := c.list[0]; got != (Trait{0x8df28476ab05b0aa, 2}) {
		t.Errorf("%#x", got)
	}
}

func TestTraitsAllocs(t *testing.T) {
	list := make([]Trait, 0, maxTraits)
	hello, request := []byte(traitsHello), []byte(traitsHTTP)
	if n := testing.AllocsPerRun(100, func() {
		list = AppendTraits(list[:0], TLS, hello)
		list = AppendTraits(list[:0], HTTP, request)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzTraits(f *testing.F) {
	for _, s := range []string{traitsHello, traitsQUIC, traitsHTTP, "tls/2/randomized", "tls/(", "http/((", "quic/1/()()()[((0039)[("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []Type{TLS, QUIC, HTTP, SSH} {
			list := AppendTraits(nil, typ, []byte(s))
			if len(list) > maxTraits {
				t.Fatalf("%d traits", len(list))
			}
			if !slices.IsSortedFunc(list, func(a, b Trait) int {
				if a.Code < b.Code {
					return -1
				}
				return 1
			}) {
				t.Fatal("not sorted, or one twice")
			}
		}
	})
}

package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An algorithmIdentifier is an AlgorithmIdentifier (RFC 5280, section
// 4.1.1.2). Parameters other than NULL are read only where a NULL comes before
// them, so the named curve of an ordinary key is not reported: consumers of
// the records know them that way.
type algorithmIdentifier struct {
	whole      bool // nothing in it was unexpected
	id         ber.TLV
	parameters ber.TLV
}

func (a *algorithmIdentifier) parse(c *wire.Cursor) {
	var sequence ber.TLV
	sequence.Parse(c, ber.Sequence)
	rest := &sequence.Value
	a.id.Parse(rest, ber.ObjectIdentifier)
	if rest.More() {
		// Quirk Q108: a curve is not reported without a NULL before it.
		ber.ReadTag(rest, ber.Null)
	}
	if rest.More() {
		a.parameters.Parse(rest, ber.Any)
	}
	a.whole = rest.Ok()
}

func (a *algorithmIdentifier) write(w *record.Writer, key string) {
	if !a.id.Ok() {
		return
	}
	w.Key(key).Object()
	a.id.WriteOID(w, "algorithm")
	switch {
	case !a.parameters.Ok():
	case a.parameters.Tag == ber.ObjectIdentifier: // a named curve
		a.parameters.WriteOID(w, "parameters")
	case a.parameters.Tag == ber.Sequence:
		if string(a.id.Value) == oidDSA {
			writeDSAParameters(w, a.parameters.Value)
		}
	default:
		a.parameters.WriteHex(w, "parameters")
	}
	w.EndObject()
}

// writeDSAParameters writes the contents of Dss-Parms (RFC 3279, section
// 2.3.2).
func writeDSAParameters(w *record.Writer, rest wire.Cursor) {
	w.Key("dsa_parameters").Object()
	for _, key := range [...]string{"p", "q", "g"} {
		n := ber.ReadTag(&rest, ber.Integer)
		w.Key(key).Hex(n.Value)
	}
	w.EndObject()
}

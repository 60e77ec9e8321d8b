package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Prefix returns the beginning of a certificate (DER) up to the end of the
// issuer: what tells certificates apart. It is nil where the certificate does not
// have all of that.
func Prefix(der []byte) []byte {
	c := wire.Of(der)
	outer := ber.ReadTag(&c, ber.Sequence)
	tbs := ber.ReadTag(&outer.Value, ber.Sequence)
	rest := tbs.Value
	fields := 3 // serial number, algorithm, issuer
	if first, _ := rest.Peek(); first == ber.ContextConstructed(0) {
		fields++ // version
	}
	for range fields {
		if v := ber.Read(&rest); !v.Complete() {
			return nil
		}
	}
	return der[:len(der)-len(c)-len(outer.Value)-len(rest)]
}

// WritePrefix writes the beginning of the certificate as an object: version,
// serial number and issuer.
func (c *Certificate) WritePrefix(w *record.Writer) {
	w.Object()
	if c.version.Ok() {
		c.version.WriteHex(w, "version")
	}
	if c.serialNumber.Ok() {
		c.serialNumber.WriteHex(w, "serial_number")
	}
	if c.issuer.Ok() {
		writeName(w, "issuer", c.issuer.Value)
	}
	w.EndObject()
}

package registry

import (
	"slices"
	"testing"

	"merctools/lib/proto"
)

// Which messages tell statistics, analysis and assessment more than their
// record.
func TestInterfaces(t *testing.T) {
	var negotiators, noncers, certified, identifiers []string
	for _, p := range All {
		for _, k := range p.Messages {
			if k.New == nil {
				continue
			}
			name := p.Name + " " + k.Name
			m := k.New(&proto.Options{})
			if _, ok := m.(proto.Negotiator); ok {
				negotiators = append(negotiators, name)
			}
			if _, ok := m.(proto.Noncer); ok {
				noncers = append(noncers, name)
			}
			if _, ok := m.(proto.Certified); ok {
				certified = append(certified, name)
			}
			if _, ok := m.(proto.ObjectIdentifier); ok {
				identifiers = append(identifiers, name)
			}
		}
	}
	for _, tt := range []struct{ got, want []string }{
		{negotiators, []string{"DTLS client hello", "DTLS server hello", "QUIC initial packet", "SSH KEXINIT", "SSH identification", "TLS client hello", "TLS server hello and certificate"}},
		{noncers, []string{"TLS client hello"}},
		{certified, []string{"DTLS certificate", "TLS certificate", "TLS server hello and certificate"}},
		{identifiers, []string{"SNMP message"}},
	} {
		slices.Sort(tt.got)
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

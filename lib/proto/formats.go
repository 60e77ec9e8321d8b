package proto

import (
	"fmt"
	"strings"
)

// SetFormats sets the formats of fingerprints that a list has, such as
// "tls/1,quic/1". A protocol that it lacks keeps its format.
func (o *Options) SetFormats(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		switch name = strings.TrimSpace(name); name {
		case "":
		case "tls":
			o.TLSFormat = 0
		case "tls/1":
			o.TLSFormat = 1
		case "tls/2":
			o.TLSFormat = 2
		case "quic":
			o.QUICFormat = 0
		case "quic/1":
			o.QUICFormat = 1
		default:
			return fmt.Errorf("unknown fingerprint format %q (known: tls tls/1 tls/2 quic quic/1)", name)
		}
	}
	return nil
}

package fingerprintdb

import (
	"bytes"
	"fmt"
	"io"
)

// AppendServerName appends the form in which models know the name of a
// server: a domain name as it is, or a special one for a name that is missing,
// an address, or something else.
func AppendServerName(dst, name []byte) []byte {
	return appendServerName(dst, clip(name, maxServerName))
}

// Domain is the part of a name from AppendServerName that models know as its
// domain: the last two labels.
func Domain(name []byte) []byte { return registrable(name) }

// ReadSubnets reads a file of networks and numbers of autonomous systems, such
// as pyasn.db in a resource archive. The first line that makes no sense is an
// error.
func ReadSubnets(r io.Reader) (ASNs, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var t subnetTable
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			continue
		}
		s, err := readSubnet(line, false)
		if err == nil {
			err = t.add(s)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	t.done()
	return &t, nil
}

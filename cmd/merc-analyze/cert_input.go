package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

var errNoCertificate = errors.New("no certificate")

// Limits in bytes.
const (
	maxCertLine = 16 << 20
	maxCertDER  = 16 << 20
)

// A certReader reads certificates in any of the forms that they come in.
type certReader struct {
	r       *bufio.Reader
	line    int // number of the last one
	moduli  bool
	der     bool // it is a sequence of certificates in DER
	started bool
}

func newCertReader(r io.Reader, moduli bool) *certReader {
	return &certReader{r: bufio.NewReaderSize(r, 64<<10), moduli: moduli}
}

// next returns the certificates that stand together: those of a record, or one.
// errNoCertificate is about what was read last only.
func (r *certReader) next() ([][]byte, error) {
	if !r.started {
		r.started = true
		head, _ := r.r.Peek(2)
		r.der = len(head) == 2 && head[0] == 0x30 && head[1] >= 0x80 && !r.moduli
	}
	if r.der {
		return r.binary()
	}
	for {
		line, err := r.text()
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			continue
		case r.moduli:
			if len(line)%2 == 1 {
				line = append([]byte{'0'}, line...)
			}
			m := make([]byte, len(line)/2)
			if _, err := hex.Decode(m, line); err != nil || len(bytes.Trim(m, "\x00")) == 0 {
				return nil, errNoCertificate
			}
			return [][]byte{m}, nil
		case line[0] == '{':
			if chain, found := ofRecord(line); found {
				return chain, nil
			}
			continue // a record of something else
		case bytes.HasPrefix(line, []byte("-----BEGIN")):
			der, isCertificate, err := r.pem(line)
			if err != nil {
				return nil, err
			}
			if isCertificate {
				return [][]byte{der}, nil
			}
			continue
		case bytes.HasPrefix(line, []byte("MI")):
			der := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
			n, err := base64.StdEncoding.Decode(der, line)
			if err != nil || n == 0 {
				return nil, errNoCertificate
			}
			return [][]byte{der[:n]}, nil
		default:
			return nil, errNoCertificate
		}
	}
}

// text reads a line. One that is too long is no certificate.
func (r *certReader) text() ([]byte, error) {
	r.line++
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line) <= maxCertLine {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0, err == nil:
			if len(line) > maxCertLine {
				return nil, errNoCertificate
			}
			return line, nil
		}
		return nil, err
	}
}

// pem reads the rest of a block (RFC 7468).
func (r *certReader) pem(begin []byte) (der []byte, isCertificate bool, err error) {
	var body []byte
	for {
		line, err := r.text()
		if err == io.EOF || err == nil && len(body)+len(line) > maxCertLine {
			return nil, false, errNoCertificate
		}
		if err != nil {
			return nil, false, err
		}
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("-----END")) {
			break
		}
		body = append(body, line...)
	}
	if !bytes.Contains(begin, []byte(" CERTIFICATE-----")) {
		return nil, false, nil // a key, or the like
	}
	der = make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(der, body)
	if err != nil || n == 0 {
		return nil, false, errNoCertificate
	}
	return der[:n], true, nil
}

// binary reads a certificate in DER.
func (r *certReader) binary() ([][]byte, error) {
	head, _ := r.r.Peek(6) // as many as there are
	if len(head) == 0 {
		return nil, io.EOF
	}
	if len(head) < 2 || head[0] != 0x30 {
		return nil, errors.New("what follows is no certificate in DER")
	}
	size, length := 2, int(head[1])
	if n := int(head[1]) - 0x80; n >= 0 {
		if n < 1 || n > 4 || len(head) < 2+n {
			return nil, errors.New("what follows is no certificate in DER")
		}
		length = 0
		for _, b := range head[2 : 2+n] {
			length = length<<8 | int(b)
		}
		size += n
	}
	if length > maxCertDER {
		return nil, errors.New("what follows is no certificate in DER")
	}
	der := make([]byte, size+length)
	if _, err := io.ReadFull(r.r, der); err != nil {
		return nil, errors.New("certificate cut off")
	}
	return [][]byte{der}, nil
}

// ofRecord returns the certificates in a record of TLS. found is false where
// there are none.
func ofRecord(line []byte) (chain [][]byte, found bool) {
	type side struct {
		Certs []struct {
			Base64 []byte `json:"base64"`
		} `json:"certs"`
	}
	var rec struct {
		TLS map[string]json.RawMessage `json:"tls"`
	}
	if json.Unmarshal(line, &rec) != nil {
		return nil, false
	}
	for _, name := range []string{"server", "client", "undetermined"} {
		var s side
		if raw := rec.TLS[name]; raw == nil || json.Unmarshal(raw, &s) != nil {
			continue
		}
		for _, cert := range s.Certs {
			if len(cert.Base64) > 0 {
				chain = append(chain, cert.Base64)
			}
		}
	}
	return chain, len(chain) > 0
}

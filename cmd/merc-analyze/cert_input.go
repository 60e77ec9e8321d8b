package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

var (
	errNoCertificate = errors.New("no certificate")
	errNoDER         = errors.New("what follows is no certificate in DER")
)

// An otherBlock is a block in PEM that holds something else, such as a key.
type otherBlock string

func (label otherBlock) Error() string {
	return fmt.Sprintf("%q is no certificate, and is skipped", string(label))
}

// maxCertSize is the longest line, block or certificate that is read, in bytes.
const maxCertSize = 16 << 20

// A certReader reads certificates in any of the forms that they come in.
type certReader struct {
	r       *bufio.Reader
	line    int // number of the last one
	moduli  bool
	der     bool // it is a sequence of certificates in DER
	pem     bool // it has blocks in PEM: what is around them is text
	started bool
}

func newCertReader(r io.Reader, moduli bool) *certReader {
	return &certReader{r: bufio.NewReaderSize(r, 64<<10), moduli: moduli}
}

// next returns the certificates that stand together: those of a record, or one.
// After errNoCertificate and an otherBlock it can be called again.
func (r *certReader) next() ([][]byte, error) {
	if !r.started {
		r.started = true
		r.detect()
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
		var one []byte
		switch {
		case len(line) == 0:
			continue
		case r.moduli:
			one = modulus(line)
		case line[0] == '{':
			if chain := ofRecord(line); chain != nil {
				return chain, nil
			}
			continue // a record of something else
		case bytes.HasPrefix(line, []byte(beginning)):
			if one, err = r.block(line); err != nil {
				return nil, err
			}
		case bytes.HasPrefix(line, []byte("MI")):
			one = fromBase64(line)
		}
		switch {
		case one != nil:
			return [][]byte{one}, nil
		case !r.pem:
			return nil, errNoCertificate
		}
	}
}

// detect finds out what there is, by the beginning. Text may come before blocks
// in PEM; it is looked for where nothing else begins.
func (r *certReader) detect() {
	head, _ := r.r.Peek(2)
	if r.moduli || len(head) < 2 || head[0] == '{' || string(head) == "MI" {
		return
	}
	switch r.der = head[0] == ber.Sequence && head[1] >= 0x80; {
	case r.der:
	case string(head) == dashes[:2]:
		r.pem = true
	default:
		head, _ = r.r.Peek(r.r.Size()) // as much as there is
		r.pem = bytes.Contains(head, []byte("\n"+beginning))
	}
}

// text reads a line. One that is too long is no certificate.
func (r *certReader) text() ([]byte, error) {
	r.line++
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line) <= maxCertSize {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0, err == nil:
			if len(line) > maxCertSize {
				return nil, errNoCertificate
			}
			return line, nil
		}
		return nil, err
	}
}

// How blocks begin and end (RFC 7468, section 3).
const (
	beginning = "-----BEGIN "
	ending    = "-----END "
	dashes    = "-----"
)

// block reads the rest of a block, and returns the certificate in it.
func (r *certReader) block(begin []byte) ([]byte, error) {
	r.pem = true
	var body []byte
	for {
		line, err := r.text()
		if err == io.EOF || err == nil && len(body)+len(line) > maxCertSize {
			return nil, errNoCertificate
		}
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte(ending)) {
			break
		}
		body = append(body, line...)
	}
	label := bytes.TrimSuffix(begin[len(beginning):], []byte(dashes))
	switch string(label) {
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": // the last two are those of OpenSSL
		if der := fromBase64(body); der != nil {
			return der, nil
		}
		return nil, errNoCertificate
	}
	return nil, otherBlock(label[:min(len(label), 40)])
}

// fromBase64 returns what text stands for, or nil where it is no base64, or
// empty.
func fromBase64(text []byte) []byte {
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	if err != nil || n == 0 {
		return nil
	}
	return der[:n]
}

// modulus returns the octets of a number in hexadecimal digits, or nil where it
// is none, or 0.
func modulus(digits []byte) []byte {
	if len(digits)%2 == 1 {
		digits = append([]byte{'0'}, digits...)
	}
	m := make([]byte, len(digits)/2)
	if _, err := hex.Decode(m, digits); err != nil || len(bytes.Trim(m, "\x00")) == 0 {
		return nil
	}
	return m
}

// binary reads a certificate in DER.
func (r *certReader) binary() ([][]byte, error) {
	const longest = 6 // octets of identifier and length
	head, err := r.r.Peek(longest)
	if len(head) == 0 {
		return nil, err
	}
	c := wire.Of(head)
	t := ber.ReadTag(&c, ber.Sequence)
	if c.Failed() || t.Length > maxCertSize {
		return nil, errNoDER
	}
	der := make([]byte, len(head)-c.Len()-t.Value.Len()+int(t.Length))
	if _, err := io.ReadFull(r.r, der); err == io.ErrUnexpectedEOF {
		return nil, errors.New("certificate cut off")
	} else if err != nil {
		return nil, err
	}
	return [][]byte{der}, nil
}

// ofRecord returns the certificates in a record of TLS, or nil where there are
// none.
func ofRecord(line []byte) (chain [][]byte) {
	for _, side := range []string{"server", "client", "undetermined"} {
		list := record.Find(line, "tls", side, "certs")
		if len(list) == 0 || list[0] != '[' {
			continue
		}
		for list = list[1:]; ; {
			list = bytes.TrimLeft(list, ", \t\r\n")
			element := record.Value(list)
			if element == nil {
				break
			}
			list = list[len(element):]
			text := record.Quoted(record.Find(element, "base64"))
			if bytes.IndexByte(text, '\\') >= 0 {
				text = record.AppendUnescaped(nil, text)
			}
			if der := fromBase64(text); der != nil {
				chain = append(chain, der)
			}
		}
	}
	return chain
}

package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A hello is a client hello as the profiles of browsers tell it: OpenSSL's
// description of a message, in JSON.
type hello struct {
	Version    string      `json:"version"`
	Ciphers    []string    `json:"ciphers"`
	Extensions []extension `json:"extensions"`
}

type extension struct {
	Name   string   `json:"type"`
	Type   uint16   `json:"decimal"`
	Values []string `json:"values"`
}

func readHello(file string) (*hello, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	h := new(hello)
	if err := json.Unmarshal(text, h); err != nil {
		return nil, err
	}
	if len(h.Ciphers) == 0 {
		return nil, fmt.Errorf("%s has no cipher suites", file)
	}
	return h, nil
}

var (
	suite    = regexp.MustCompile(`^\{0x(..), 0x(..)\}`)
	number   = regexp.MustCompile(`\((0x[0-9a-fA-F]+|[0-9]+)\)\s*$`)
	bracket  = regexp.MustCompile(`\((0x[0-9a-fA-F]+|[0-9]+)\)`)
	keyLen   = regexp.MustCompile(`\(len=([0-9]+)\)`)
	dumpLine = regexp.MustCompile(`^[0-9a-f]{4} - `)
)

// record returns the hello in TLS records, as it is sent (RFC 8446, section 4.1.2).
func (h *hello) record() ([]byte, error) {
	version, err := strconv.ParseUint(strings.TrimPrefix(strings.Fields(h.Version)[0], "0x"), 16, 16)
	if err != nil {
		return nil, err
	}
	var suites []byte
	for _, c := range h.Ciphers {
		m := suite.FindStringSubmatch(c)
		if m == nil {
			return nil, fmt.Errorf("cipher suite %q", c)
		}
		n, err := strconv.ParseUint(m[1]+m[2], 16, 16)
		if err != nil {
			return nil, err
		}
		suites = binary.BigEndian.AppendUint16(suites, uint16(n))
	}
	var extensions []byte
	for _, e := range h.Extensions {
		data, err := e.data()
		if err != nil {
			return nil, fmt.Errorf("extension %d: %w", e.Type, err)
		}
		extensions = binary.BigEndian.AppendUint16(extensions, e.Type)
		extensions = append(extensions, vector16(data)...)
	}
	body := binary.BigEndian.AppendUint16(nil, uint16(version))
	body = append(body, make([]byte, 32)...) // random
	body = append(body, 32)                  // session ID
	body = append(body, make([]byte, 32)...)
	body = append(body, vector16(suites)...)
	body = append(body, 1, 0) // no compression
	body = append(body, vector16(extensions)...)
	message := append([]byte{1, 0}, vector16(body)...)
	const handshake, maxRecord = 22, 1 << 14
	if len(message) > maxRecord {
		return nil, fmt.Errorf("%d bytes do not fit into a record", len(message))
	}
	return append([]byte{handshake, 3, 1}, vector16(message)...), nil
}

// hasGREASE tells if there is a suite that means nothing (RFC 8701), as Chrome
// sends since version 55.
func (h *hello) hasGREASE() bool {
	return slices.ContainsFunc(h.Ciphers, func(c string) bool { return strings.HasSuffix(c, " GREASE") })
}

// vector16 puts a length of two bytes before data.
func vector16(data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(data))), data...)
}

func vector8(data []byte) []byte { return append([]byte{byte(len(data))}, data...) }

// data is the content of an extension.
func (e *extension) data() ([]byte, error) {
	if len(e.Values) > 0 && dumpLine.MatchString(e.Values[0]) {
		return undump(e.Values)
	}
	switch e.Name {
	case "renegotiate":
		return []byte{0}, nil
	case "supported_groups", "signature_algorithms", "delegated_credential":
		list, err := e.numbers(2)
		return vector16(list), err
	case "ec_point_formats", "psk_key_exchange_modes":
		list, err := e.numbers(1)
		return vector8(list), err
	case "supported_versions":
		list, err := e.numbers(2)
		return vector8(list), err
	case "application_layer_protocol_negotiation":
		var list []byte
		for _, v := range e.Values {
			list = append(list, vector8([]byte(v))...)
		}
		return vector16(list), nil
	case "key_share":
		var shares []byte
		for _, v := range e.Values {
			if m := keyLen.FindStringSubmatch(v); m != nil {
				n, _ := strconv.Atoi(m[1])
				shares = append(shares, vector16(make([]byte, n))...)
			} else if m := bracket.FindStringSubmatch(v); m != nil {
				n, err := strconv.ParseUint(m[1], 0, 16)
				if err != nil {
					return nil, err
				}
				shares = binary.BigEndian.AppendUint16(shares, uint16(n))
			}
		}
		return vector16(shares), nil
	}
	if len(e.Values) > 0 {
		return nil, fmt.Errorf("content %q of %s", e.Values, e.Name)
	}
	return nil, nil
}

// numbers are the numbers in brackets at the end of the values.
func (e *extension) numbers(size int) (list []byte, err error) {
	for _, v := range e.Values {
		m := number.FindStringSubmatch(v)
		if m == nil {
			return nil, fmt.Errorf("no number in %q", v)
		}
		n, err := strconv.ParseUint(m[1], 0, 8*size)
		if err != nil {
			return nil, err
		}
		if size == 2 {
			list = append(list, byte(n>>8))
		}
		list = append(list, byte(n))
	}
	return list, nil
}

// undump reads a dump of lines such as "000f - 6c 65 63-74   lect".
func undump(lines []string) (data []byte, err error) {
	const start, width = 7, 3
	for _, line := range lines {
		for at := start; at+1 < len(line); at += width {
			b, err := strconv.ParseUint(line[at:at+2], 16, 8)
			if err != nil {
				break // what follows shows the bytes as text
			}
			data = append(data, byte(b))
			if (at-start)/width == 14 {
				break
			}
		}
	}
	return data, nil
}

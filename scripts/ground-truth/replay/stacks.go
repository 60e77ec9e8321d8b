package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A stack is what is known of the client hellos of a TLS library that can't be
// run here: the list of suites it documents or has in its source, and the
// extensions that it sends always or, as its version and its user want, at times.
type stack struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	OS      string   `json:"os"`
	Family  string   `json:"family"`
	Library string   `json:"library"`
	TLS     string   `json:"tls"`    // version in the hello, in hexadecimal
	Suites  string   `json:"suites"` // in hexadecimal
	Always  []string `json:"always"` // extensions; see parseExtension
	Maybe   []string `json:"maybe"`  // extensions that can be there, with alternatives separated by |
	Source  string   `json:"source"` // where the facts are published
}

func readStacks(file string) (list []stack, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// records returns the hellos of a stack: one for each choice of what can be there.
func (s *stack) records() (list [][]byte, err error) {
	choices := [][]string{s.Always}
	for _, m := range s.Maybe {
		var more [][]string
		for _, c := range choices {
			more = append(more, c)
			for alternative := range strings.SplitSeq(m, "|") {
				more = append(more, append(c[:len(c):len(c)], strings.Fields(alternative)...))
			}
		}
		choices = more
	}
	for _, c := range choices {
		r, err := s.record(c)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", s.Name, s.Version, err)
		}
		list = append(list, r)
	}
	return list, nil
}

func (s *stack) record(extensions []string) ([]byte, error) {
	version, err := hex.DecodeString(s.TLS)
	if err != nil || len(version) != 2 {
		return nil, fmt.Errorf("version %q", s.TLS)
	}
	suites, err := hex.DecodeString(strings.ReplaceAll(s.Suites, " ", ""))
	if err != nil || len(suites)%2 != 0 {
		return nil, fmt.Errorf("suites %q", s.Suites)
	}
	body := append(version, make([]byte, 32)...) // random
	body = append(body, 0)                       // no session ID
	body = append(body, vector16(suites)...)
	body = append(body, 1, 0) // no compression
	if len(extensions) > 0 {
		var all []byte
		for _, e := range extensions {
			data, err := parseExtension(e)
			if err != nil {
				return nil, err
			}
			all = append(all, data...)
		}
		body = append(body, vector16(all)...)
	}
	message := append([]byte{1, 0}, vector16(body)...)
	return append([]byte{22, 3, 1}, vector16(message)...), nil
}

var hexNumber = regexp.MustCompile(`^[0-9a-f]{4}$`)

// parseExtension reads "sni", "alpn:h2,http/1.1", "groups:001d,0017",
// "sigalgs:0403,0804", "versions:0304,0303", "shares:001d", "0005:0100000000"
// (with its data) or "0017" (without data).
func parseExtension(text string) ([]byte, error) {
	kind, value, _ := strings.Cut(text, ":")
	extension := func(number uint16, data []byte) []byte {
		return append(binary.BigEndian.AppendUint16(nil, number), vector16(data)...)
	}
	numbers := func() ([]byte, error) { return hex.DecodeString(strings.ReplaceAll(value, ",", "")) }
	switch kind {
	case "sni":
		const hostName = 0
		return extension(0, vector16(append([]byte{hostName}, vector16([]byte("www.lab.test"))...))), nil
	case "alpn":
		var list []byte
		for p := range strings.SplitSeq(value, ",") {
			list = append(list, vector8([]byte(p))...)
		}
		return extension(16, vector16(list)), nil
	case "groups":
		list, err := numbers()
		return extension(10, vector16(list)), err
	case "sigalgs":
		list, err := numbers()
		return extension(13, vector16(list)), err
	case "versions":
		list, err := numbers()
		return extension(43, vector8(list)), err
	case "shares":
		groups, err := numbers()
		if err != nil {
			return nil, err
		}
		var shares []byte
		for ; len(groups) >= 2; groups = groups[2:] {
			size := map[uint16]int{0x1d: 32, 0x17: 65, 0x18: 97, 0x19: 133}[binary.BigEndian.Uint16(groups)]
			shares = append(shares, groups[:2]...)
			shares = append(shares, vector16(make([]byte, size))...)
		}
		return extension(51, vector16(shares)), nil
	}
	if !hexNumber.MatchString(kind) {
		return nil, fmt.Errorf("extension %q", text)
	}
	number, err := hex.DecodeString(kind)
	if err != nil {
		return nil, err
	}
	data, err := hex.DecodeString(value)
	return extension(binary.BigEndian.Uint16(number), data), err
}

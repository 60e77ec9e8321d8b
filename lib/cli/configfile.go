package cli

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// A kind says what stands behind the name of a key in a configuration file.
type kind uint8

const (
	kindNone     kind = iota // nothing: the key is there or not
	kindText                 // "=" and a text
	kindSwitch               // "=" and 0 or 1
	kindNumber               // "=" and a number
	kindFraction             // "=" and a number with a decimal point
)

// configKeys are all keys of a configuration file.
var configKeys = map[string]kind{
	"read":                          kindText,
	"write":                         kindText,
	"fingerprint":                   kindText,
	"capture":                       kindText,
	"resources":                     kindText,
	"resources-key":                 kindText,
	"asn-db":                        kindText,
	"geo-db":                        kindText,
	"directory":                     kindText,
	"analysis":                      kindSwitch,
	"buffer":                        kindFraction,
	"threads":                       kindText,
	"limit":                         kindNumber,
	"output-time":                   kindNumber,
	"user":                          kindText,
	"loop":                          kindNumber,
	"verbosity":                     kindNumber,
	"select":                        kindText,
	"dns-json":                      kindNone,
	"certs-json":                    kindNone,
	"metadata":                      kindNone,
	"nonselected-tcp-data":          kindNone,
	"nonselected-udp-data":          kindNone,
	"reassembly":                    kindNone,
	"format":                        kindText,
	"raw-features":                  kindText,
	"network-behavioral-detections": kindNone,
	"crypto-assess":                 kindText,
	"minimize-ram":                  kindNone,
	"quic-trial-decryption":         kindNone,
}

// ReadConfig reads a configuration file, which gives flags the values that the
// command line does not. Each line has a key, or a key, "=" and a value; space
// anywhere does not count. Lines that begin with "#" are comments. A line that
// makes no sense is left out, with a warning that has its number.
func ReadConfig(r io.Reader, env *Env) (kong.Resolver, error) {
	name := "configuration"
	if f, ok := r.(interface{ Name() string }); ok {
		name = f.Name()
	}
	values, err := readConfig(r, func(line int, reason string) {
		env.Notice(fmt.Sprintf("%s: line %d left out: %s", name, line, reason))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value, ok := values[flag.Name]; ok {
			return value, nil
		}
		return nil, nil
	}), nil
}

// readConfig returns the values of flags.
func readConfig(r io.Reader, warn func(line int, reason string)) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line := strings.Map(func(c rune) rune {
			if unicode.IsSpace(c) {
				return -1
			}
			return c
		}, lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, hasValue := strings.Cut(line, "=")
		if reason := check(key, value, hasValue); reason != "" {
			warn(number, reason)
			continue
		}
		switch key {
		case "select":
			if _, again := values[key]; again {
				warn(number, "select is there already")
				continue
			}
		case "verbosity":
			key, value = "verbose", strconv.FormatBool(value != "0")
		case "analysis":
			value = strconv.FormatBool(value[0] == '1')
		}
		if !hasValue {
			value = "true"
		}
		values[key] = value
	}
	return values, lines.Err()
}

// check returns why a line makes no sense, or "".
func check(key, value string, hasValue bool) string {
	k, known := configKeys[key]
	switch {
	case !known:
		return fmt.Sprintf("unknown key %q", key)
	case k == kindNone && hasValue:
		return fmt.Sprintf("%q has no value", key)
	case k != kindNone && !hasValue:
		return fmt.Sprintf("%q needs a value", key)
	}
	var err error
	switch k {
	case kindNumber:
		_, err = strconv.ParseUint(value, 10, 63)
	case kindFraction:
		_, err = strconv.ParseFloat(value, 64)
	case kindSwitch:
		if value == "" || value[0] != '0' && value[0] != '1' {
			return fmt.Sprintf("%q is neither 0 nor 1", value)
		}
	}
	if err != nil {
		return fmt.Sprintf("%q is not a number", value)
	}
	return ""
}

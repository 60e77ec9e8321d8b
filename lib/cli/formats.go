package cli

import "strings"

// Formats reads the value of --format, a list of formats of fingerprints, and
// returns the numbers of those for TLS and QUIC.
func Formats(value string) (tls, quic int, err error) {
	for name := range list(value) {
		protocol, format, _ := strings.Cut(name, "/")
		n, ok := map[string]int{"": 0, "1": 1, "2": 2}[format]
		switch {
		case ok && protocol == "tls":
			tls = n
		case ok && protocol == "quic" && n < 2:
			quic = n
		default:
			return 0, 0, Usagef("--format: unknown fingerprint format %q (known: tls tls/1 tls/2 quic quic/1)", name)
		}
	}
	return tls, quic, nil
}

package cryptopolicy

import "merctools/lib/proto/tls"

// name returns the name of a code, or "UNKNOWN".
func name(of func(uint16) string, code uint16) string {
	if n := of(code); n != "" {
		return n
	}
	return "UNKNOWN"
}

func extensionName(code uint16) string { return tls.ExtensionType(code).Name() }

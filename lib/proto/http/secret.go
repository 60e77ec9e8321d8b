package http

import (
	"bytes"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeMasked writes name and value of a field without a secret in it.
func writeMasked(w *record.Writer, name, value wire.Cursor) {
	named := isToken(name)
	if name.More() {
		if w.Key("name"); named {
			w.Text(name)
		} else {
			w.SecretText(name) // lines that went wrong
		}
	}
	if !value.More() {
		return
	}
	if !named || isSecretName(name) {
		w.Key("value").SecretText(value)
		return
	}
	var buf [maxName]byte
	switch string(wire.Lower(buf[:], name)) {
	case "referer", "location", "content-location", "refresh", "link", "origin":
		writeURI(w, "value", value)
	default:
		w.Key("value").Text(value)
	}
}

// A set has bytes.
type set [256]bool

func setOf(bytes string) (s set) {
	for i := range len(bytes) {
		s[bytes[i]] = true
	}
	return s
}

// index is the place of the first byte of the set in b, or -1.
func (s *set) index(b []byte) int {
	for i, c := range b {
		if s[c] {
			return i
		}
	}
	return -1
}

// notInTokens is what the name of a field may not have (RFC 9110, section
// 5.6.2).
var notInTokens = func() set {
	s := setOf(`"(),/:;<=>?@[\]{}`)
	for c := range s {
		s[c] = s[c] || c <= ' ' || c >= 0x7f
	}
	return s
}()

// isToken reports whether s is what the name of a field may be.
func isToken(s []byte) bool { return len(s) > 0 && notInTokens.index(s) < 0 }

// secretWords are those of which one is in the name of a field, or of a
// parameter, that has a secret. They are in lower case.
var secretWords = [...]string{
	"auth", "cookie", "token", "passw", "pwd", "secret", "session", "sessid", "apikey", "api-key", "api_key",
	"access-key", "access_key", "accesskey", "credential", "signature", "assertion", "saml", "jwt", "private", "otp", "ticket",
}

// notSecret are names with such a word that have none: what a server asks
// for, and what it says of its own.
var notSecret = [...]string{"www-authenticate", "proxy-authenticate", ":authority", "author", "permissions-policy"}

// isSecretName reports whether the value of a field or parameter is taken for
// a secret.
func isSecretName(name []byte) bool {
	for _, n := range notSecret {
		if wire.EqualFold(name, n) {
			return false
		}
	}
	return mentionsSecret(name)
}

// mentionsSecret reports whether one of the words is in s, in whatever case.
func mentionsSecret(s []byte) bool {
	for i := 1; i < len(s); i++ {
		words := secretStarts[startOf(s[i-1], s[i])]
		if len(words) == 0 {
			continue
		}
		rest := s[i-1:]
		for _, word := range words {
			if len(rest) >= len(word) && wire.EqualFold(rest[:len(word)], word) {
				return true
			}
		}
	}
	return false
}

// secretStarts are the words by their first two letters. Other bytes may have the
// same place as letters have.
var secretStarts = func() (starts [1 << 10][]string) {
	for _, word := range secretWords {
		words := &starts[startOf(word[0], word[1])]
		*words = append(*words, word)
	}
	return starts
}()

func startOf(a, b byte) uint { return uint(a&31)<<5 | uint(b&31) }

// isSecretParameter reports whether the value of a parameter of a URI is
// taken for a secret.
func isSecretParameter(name []byte) bool {
	switch string(name) {
	case "code", "sig", "key", "sid", "pass", "pw", "hmac":
		return true
	}
	return isSecretName(name)
}

// What parts of a URI end before.
var (
	authorityEnds     = setOf("/?# ")
	parameterStarts   = setOf("?#&;")
	parameterNameEnds = setOf("=?#&;")
	parameterEnds     = setOf("#&; ")
)

// writeURI writes a URI, unless it is empty. A password in front of a host
// (RFC 3986, section 3.2.1) is a secret, and so is the value of a parameter
// whose name says so.
func writeURI(w *record.Writer, key string, uri wire.Cursor) {
	switch {
	case !uri.More():
		return
	case !w.Masks():
		w.Key(key).Text(uri)
		return
	}
	w.Key(key)
	t := w.OpenText()
	defer t.Close()
	if i := bytes.Index(uri, []byte("://")); i >= 0 {
		t.Text(uri.UpTo(i + len("://")))
		end := len(uri)
		if j := authorityEnds.index(uri); j >= 0 {
			end = j
		}
		if at := bytes.LastIndexByte(uri[:end], '@'); at >= 0 {
			user := uri.UpTo(at)
			t.Text(user.Until(':'))
			t.Text(user.UpTo(1))
			t.Secret(user)
		}
	}
	// Parameters come behind "?", "#", "&" or ";", and end before the next. What
	// has no secret is written at once: there may be tens of thousands.
	written, at := 0, 0
	for start := w.Len(); at < len(uri); {
		if w.Full(start) {
			return // what is left may have more of them
		}
		i := parameterStarts.index(uri[at:])
		if i < 0 {
			break
		}
		at += i + 1
		name := uri[at:]
		if i = parameterNameEnds.index(name); i < 0 || name[i] != '=' {
			continue
		}
		at += i + 1
		value := uri[at:]
		if j := parameterEnds.index(value); j >= 0 {
			value = value[:j]
		}
		if isSecretParameter(name[:i]) {
			t.Text(uri[written:at])
			t.Secret(value)
			written = at + len(value)
		}
		at += len(value)
	}
	t.Text(uri[written:])
}

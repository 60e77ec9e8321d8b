package http

import (
	"bytes"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeMasked writes name and value of a field without a secret in it.
func (f *Field) writeMasked(w *record.Writer) {
	if f.Name.More() {
		if w.Key("name"); isToken(f.Name) {
			w.Text(f.Name)
		} else {
			w.SecretText(f.Name) // lines that went wrong
		}
	}
	if !f.Value.More() {
		return
	}
	var buf [maxName]byte
	switch name := lower(&buf, f.Name); {
	case isSecretName(f.Name) || !isToken(f.Name):
		w.Key("value").SecretText(f.Value)
	case string(name) == "referer", string(name) == "location", string(name) == "content-location",
		string(name) == "refresh", string(name) == "link", string(name) == "origin":
		writeURI(w, "value", f.Value)
	default:
		w.Key("value").Text(f.Value)
	}
}

// isToken reports whether s is what the name of a field may be (RFC 9110,
// section 5.6.2).
func isToken(s []byte) bool {
	for _, b := range s {
		if b <= ' ' || b >= 0x7f || bytes.IndexByte([]byte(`"(),/:;<=>?@[\]{}`), b) >= 0 {
			return false
		}
	}
	return len(s) > 0
}

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
		if equalFold(name, n) {
			return false
		}
	}
	return mentionsSecret(name)
}

// mentionsSecret reports whether one of the words is in s, in whatever case.
func mentionsSecret(s []byte) bool {
	for i := range s {
		for _, word := range secretWords {
			if len(s)-i >= len(word) && s[i]|0x20 == word[0] && equalFold(s[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}

// equalFold reports whether s is a word in lower case, in whatever case.
func equalFold(s []byte, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i, b := range s {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

// isSecretParameter reports whether the value of a parameter of a URI is
// taken for a secret.
func isSecretParameter(name []byte) bool {
	switch string(name) {
	case "code", "sig", "key", "sid", "pass", "pw", "hmac":
		return true
	}
	return isSecretName(name)
}

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
		if j := bytes.IndexAny(uri, "/?# "); j >= 0 {
			end = j
		}
		if at := bytes.LastIndexByte(uri[:end], '@'); at >= 0 {
			user := uri.UpTo(at)
			t.Text(user.Until(':'))
			t.Text(user.UpTo(1))
			t.Secret(user)
		}
	}
	// Parameters come behind "?", "#", "&" or ";", and end before the next.
	for uri.More() {
		i := bytes.IndexAny(uri, "?#&;")
		if i < 0 {
			break
		}
		t.Text(uri.UpTo(i + 1))
		i = bytes.IndexAny(uri, "=?#&;")
		if i < 0 || uri[i] != '=' {
			continue
		}
		name := uri.UpTo(i)
		t.Text(name)
		t.Text(uri.UpTo(1))
		var value wire.Cursor
		if j := bytes.IndexAny(uri, "#&; "); j >= 0 {
			value = uri.UpTo(j)
		} else {
			value = uri.Rest()
		}
		if isSecretParameter(name) {
			t.Secret(value)
		} else {
			t.Text(value)
		}
	}
	t.Text(uri)
}

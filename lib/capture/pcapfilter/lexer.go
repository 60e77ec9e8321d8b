package pcapfilter

import (
	"fmt"
	"strings"
)

// A token is a word, a number, an address, or a sign such as "<=".
type token struct {
	text string
	at   int // offset in the expression
	sign bool
	name bool // behind "\\": it is no keyword
}

// signs are in the order in which they are tried.
var signs = []string{"&&", "||", "<<", ">>", "<=", ">=", "!=", "==", "=", "<", ">", "!", "(", ")", "[", "]", "+", "-", "*", "/", "%", "&", "|", "^", ","}

// scan splits an expression into tokens. Words may have the signs of addresses
// and names in them: "192.0.2.0/24", "2001:db8::1", "tcp-syn".
func scan(s string) ([]token, error) {
	var tokens []token
	inIndex := 0 // depth of brackets
	for i := 0; i < len(s); {
		c := s[i]
		escaped := false
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '\\' && i+1 < len(s) && isWord(s[i+1]): // escapes a keyword
			i++
			escaped = true
			fallthrough
		case isWord(c):
			start := i
			for i < len(s) && (isWord(s[i]) || isInWord(s, i, inIndex > 0)) {
				i++
			}
			tokens = append(tokens, token{text: s[start:i], at: start, name: escaped})
			continue
		case c == ':':
			// "::1" begins an address; in brackets a colon stands before a size.
			if inIndex == 0 && strings.HasPrefix(s[i:], "::") {
				start := i
				for i < len(s) && (isWord(s[i]) || s[i] == ':' || s[i] == '.' || s[i] == '/') {
					i++
				}
				tokens = append(tokens, token{text: s[start:i], at: start})
				continue
			}
			tokens = append(tokens, token{text: ":", at: i, sign: true})
			i++
			continue
		}
		found := false
		for _, sign := range signs {
			if strings.HasPrefix(s[i:], sign) {
				tokens = append(tokens, token{text: sign, at: i, sign: true})
				i += len(sign)
				switch sign {
				case "[":
					inIndex++
				case "]":
					inIndex--
				}
				found = true
				break
			}
		}
		if !found {
			return nil, fmt.Errorf("offset %d: unexpected %q", i, c)
		}
	}
	return tokens, nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// isInWord reports whether the sign at i is part of a word: it stands between
// two letters or digits, in an address or a name.
func isInWord(s string, i int, inIndex bool) bool {
	next := byte(0)
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch s[i] {
	case '.':
		return isWord(next)
	case ':':
		return !inIndex && (isWord(next) || next == ':' || next == '/' || s[i-1] == ':')
	case '/':
		return !inIndex && next >= '0' && next <= '9'
	case '-':
		// "tcp-syn" is a name, "80-443" is a range, "len-20" is neither.
		return isWord(next) && !strings.HasSuffix(s[:i], "len")
	}
	return false
}

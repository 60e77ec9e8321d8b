package html

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// A segment is a part of a text: as it is, or, where it could not be seen or
// would change how the rest looks, what it is made of.
type segment struct {
	Text string
	Odd  bool
}

// maxShown is how many characters of a text are shown.
const maxShown = 160

// show divides a text from the network into segments.
func show(s string) []segment { return showUpTo(s, maxShown) }

func showUpTo(s string, most int) []segment {
	var list []segment
	start, shown, marks := 0, 0, 0
	plain := func(end int) {
		if end > start {
			list = append(list, segment{Text: s[start:end]})
		}
	}
	for i := 0; i < len(s); {
		if shown == most {
			plain(i)
			return append(list, segment{fmt.Sprintf("… %d more bytes", len(s)-i), true})
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		shown++
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			marks++
		} else {
			marks = 0
		}
		if text := odd(r, n, marks, s[i:]); text != "" {
			plain(i)
			list = append(list, segment{text, true})
			start = i + n
		}
		i += n
	}
	plain(len(s))
	return list
}

// maxMarks is how many combining marks a letter may have.
const maxMarks = 2

// odd describes a character that must not be shown as it is, or returns "".
func odd(r rune, n, marks int, s string) string {
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("\\x%02x", s[0])
	case unicode.IsControl(r) && r < 0x100:
		return fmt.Sprintf("\\x%02x", r)
	case r != ' ' && !unicode.IsGraphic(r), r != ' ' && unicode.Is(unicode.Zs, r), unicode.Is(unicode.Bidi_Control, r),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r),
		unicode.Is(unicode.Co, r), marks > maxMarks, r == 0x2800, r == 0x034f:
		return fmt.Sprintf("\\u{%04x}", r)
	}
	return ""
}

package record

// Features writes nested lists of hexadecimal strings in JSON that is itself
// the text of a string, up to a number of characters. Raw features have this
// form.
//
//	w.Key("features")
//	f := w.Features(MaxFeatures)
//	f.Open()
//	f.Hex(name)
//	f.Hex(value)
//	f.Close()
//	f.End()
type Features struct {
	w         *Writer
	start     int // of the string
	size, max int
}

// MaxFeatures is the number of characters that raw features of most protocols
// may have.
const MaxFeatures = 2048

// Features begins a string of at most max characters, not counting the
// backslashes that its quotes are escaped with.
func (w *Writer) Features(max int) Features {
	f := Features{w: w, start: w.Len(), max: max}
	w.buf = append(w.buf, '"')
	return f
}

// fits accounts for n more characters.
func (f *Features) fits(n int) bool {
	f.size += min(n, f.max+1)
	return f.Fit()
}

// Fit reports whether everything so far fits. What does not is not written.
func (f *Features) Fit() bool { return f.size <= f.max }

// Open begins a list.
func (f *Features) Open() {
	f.separate()
	f.char('[')
}

// Close ends a list.
func (f *Features) Close() { f.char(']') }

// Comma writes the comma that elements have between them by themselves, for an
// element that is nothing.
func (f *Features) Comma() { f.char(',') }

func (f *Features) separate() {
	if f.size == 0 {
		return
	}
	if last := f.w.buf[len(f.w.buf)-1]; last != '[' && last != ',' {
		f.char(',')
	}
}

func (f *Features) char(c byte) {
	if f.fits(1) {
		f.w.buf = append(f.w.buf, c)
	}
}

// Hex writes bytes as a string of lower-case hexadecimal digits.
func (f *Features) Hex(s []byte) {
	f.separate()
	if f.fits(2*len(s) + 2) {
		f.w.buf = append(f.w.buf, '\\', '"')
		f.w.buf = AppendHex(f.w.buf, s)
		f.w.buf = append(f.w.buf, '\\', '"')
	}
}

// HexUint writes the low digits*4 bits of v as a string of that many
// hexadecimal digits.
func (f *Features) HexUint(v uint64, digits int) {
	f.separate()
	if f.fits(digits + 2) {
		f.w.buf = append(f.w.buf, '\\', '"')
		f.w.buf = AppendHexUint(f.w.buf, v, digits)
		f.w.buf = append(f.w.buf, '\\', '"')
	}
}

// End ends the string. Where it is empty or was too long, it becomes an empty
// list, and End returns false.
func (f *Features) End() bool {
	if f.size > 0 && f.Fit() {
		f.w.buf = append(f.w.buf, '"')
		return true
	}
	f.w.Reset(f.start)
	f.w.Str("[]")
	return false
}

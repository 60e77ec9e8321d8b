package prototest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"merctools/lib/proto"
)

// Limits of what is read of a message: values inside each other, and elements
// of an iterator, of which no message has more than it has bytes.
const (
	maxDepth    = 6
	maxElements = 1 << 16
)

// Access returns, as text, all that programs can read of a message: its
// exported fields, and what its accessors and iterators give. It reports
// iterators that do not end, and those that go on after they were told not to.
func Access(tb testing.TB, m proto.Message) string {
	tb.Helper()
	r := reader{tb: tb}
	r.value(reflect.ValueOf(m), 0)
	return r.text.String()
}

type reader struct {
	tb   testing.TB
	text strings.Builder
}

// value reads a value of any type.
func (r *reader) value(v reflect.Value, depth int) {
	switch {
	case depth > maxDepth:
	case v.Kind() == reflect.Pointer && v.IsNil():
		r.text.WriteString("nil")
	case v.Kind() == reflect.Pointer:
		r.structure(v, depth)
	case v.Kind() == reflect.Struct:
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		r.structure(p, depth)
	case v.Kind() == reflect.Func:
		r.elements(v, depth)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		fmt.Fprintf(&r.text, "%x", v.Bytes())
		if all := v.MethodByName("All"); all.IsValid() {
			r.elements(all.Call(nil)[0], depth)
		}
	default:
		fmt.Fprint(&r.text, v)
	}
}

// structure reads the exported fields of a structure, and calls the methods
// that have no parameters.
func (r *reader) structure(p reflect.Value, depth int) {
	r.text.WriteByte('{')
	if s := p.Elem(); s.Kind() == reflect.Struct {
		for f, v := range s.Fields() {
			if f.IsExported() {
				r.member(f.Name, v, depth)
			}
		}
	}
	for m, f := range p.Methods() {
		// A method that gives another value of the same type may do so for ever.
		if t := f.Type(); t.NumIn() > 0 || t.NumOut() == 0 || t.Out(0) == p.Elem().Type() {
			continue
		}
		for _, v := range f.Call(nil) {
			r.member(m.Name, v, depth)
		}
	}
	r.text.WriteByte('}')
}

func (r *reader) member(name string, v reflect.Value, depth int) {
	r.text.WriteString(" " + name + ":")
	r.value(v, depth+1)
}

// elements reads what an iterator gives, and stops it after its first element.
func (r *reader) elements(f reflect.Value, depth int) {
	r.text.WriteByte('[')
	n := 0
	each := func(values ...reflect.Value) bool {
		for _, v := range values {
			r.value(v, depth+1)
			r.text.WriteByte(' ')
		}
		if n++; n > maxElements {
			r.tb.Fatalf("%v does not end", f.Type())
		}
		return true
	}
	switch {
	case f.Type().CanSeq2():
		f.Seq2()(func(k, v reflect.Value) bool { return each(k, v) })
		for range f.Seq2() {
			break
		}
	case f.Type().CanSeq():
		f.Seq()(func(v reflect.Value) bool { return each(v) })
		for range f.Seq() {
			break
		}
	}
	r.text.WriteByte(']')
}

package registry

import (
	"go/token"
	"reflect"
	"testing"

	"merctools/lib/proto"
)

// contracts are the interfaces that a message can have. What they ask for is
// for the engine, and tells programs little of what is in a message.
var contracts = []reflect.Type{
	reflect.TypeFor[proto.Message](),
	reflect.TypeFor[proto.Fingerprinter](),
	reflect.TypeFor[proto.Classifiable](),
	reflect.TypeFor[proto.Reformattable](),
	reflect.TypeFor[proto.Incomplete](),
	reflect.TypeFor[proto.Fragmented](),
	reflect.TypeFor[proto.Exposer](),
	reflect.TypeFor[proto.Negotiator](),
	reflect.TypeFor[proto.Noncer](),
	reflect.TypeFor[proto.Certified](),
	reflect.TypeFor[proto.ObjectIdentifier](),
}

// Programs can read what is in every kind of message: there is an exported
// field, or a method beside those that the engine calls.
func TestTypedAccess(t *testing.T) {
	forEngine := map[string]bool{}
	for _, c := range contracts {
		for m := range c.Methods() {
			forEngine[m.Name] = true
		}
	}
	for _, p := range All {
		for _, k := range p.Messages {
			if k.New == nil {
				continue
			}
			typ := reflect.TypeOf(k.New(&proto.Options{}))
			if !token.IsExported(typ.Elem().Name()) {
				t.Errorf("%s %s: the type %v is not exported", p.Name, k.Name, typ)
			}
			if !hasAccess(typ, forEngine) {
				t.Errorf("%s %s: %v has neither fields nor accessors", p.Name, k.Name, typ)
			}
		}
	}
}

func hasAccess(typ reflect.Type, forEngine map[string]bool) bool {
	for f := range typ.Elem().Fields() {
		if f.IsExported() {
			return true
		}
	}
	for m := range typ.Methods() {
		if !forEngine[m.Name] {
			return true
		}
	}
	return false
}

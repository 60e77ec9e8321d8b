package record

// A Type is the type of a field's value in JSON.
type Type uint8

// The types of values.
const (
	String  Type = iota // a string of the program's own, or ASCII
	Text                // a string from a packet, as UTF-8
	Hex                 // a string of hexadecimal digits
	Base64              // a string in base64
	Address             // a string with an IP or hardware address
	Time                // a string with a time as RFC 3339 has it, in UTC
	Uint
	Int
	Float
	Bool
	Null
	Object
	Array
)

var typeNames = [...]string{"string", "text", "hex", "base64", "address", "time", "unsigned integer", "integer", "number", "boolean", "null", "object", "array"}

// String is the name of the type, as documents have it.
func (t Type) String() string { return typeNames[t] }

// A Field describes one member of an object in a record. Documentation and
// the record's schema are made from it.
type Field struct {
	Name   string // "*" stands for names that come from the packet
	Type   Type
	Doc    string
	When   string  // the option that it needs; empty where it needs none
	Elem   Type    // of an array's elements
	Fields []Field // of an object, or of an array's objects
	Open   bool    // an object or array with members beside those listed
	Secret bool    // the value is, or may be, a password or the like, which --mask-secrets masks
	Form   Form    // what --normalize makes of the value
	Role   Role    // in an element of an array that it merges
	As     string  // the name that the member has there; empty where it is the same
	About  string  // what Doc says there; empty where it is the same
}

// F describes a member with a simple value.
func F(name string, t Type, doc string) Field { return Field{Name: name, Type: t, Doc: doc} }

// O describes a member that is an object.
func O(name, doc string, fields ...Field) Field {
	return Field{Name: name, Type: Object, Doc: doc, Fields: fields}
}

// L describes a member that is an array of simple values.
func L(name string, elem Type, doc string) Field {
	return Field{Name: name, Type: Array, Elem: elem, Doc: doc}
}

// A describes a member that is an array of objects.
func A(name, doc string, fields ...Field) Field {
	return Field{Name: name, Type: Array, Elem: Object, Doc: doc, Fields: fields}
}

// If says which option a member needs.
func (f Field) If(option string) Field {
	f.When = option
	return f
}

// Hidden says that a value is, or may be, a password, a token or what one can
// search for a password with. Writer's Secret methods write such values.
func (f Field) Hidden() Field {
	f.Secret = true
	return f
}

// AndMore says that an object has members, or an array has elements, of any
// other kind.
func (f Field) AndMore() Field {
	f.Open = true
	return f
}

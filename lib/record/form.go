package record

// A Form says what a normalized record has in place of a value. A number or a
// time that can't be read stays text: under the member's name with "_text"
// behind it, so that members have values of one type.
type Form uint8

// The forms.
const (
	Same      Form = iota
	Dropped        // nothing
	Words          // of words with commas between them: a list
	Codes2         // of codes in two hexadecimal digits each: a list
	Codes4         // of codes in four hexadecimal digits each: a list
	Number         // of digits: a number
	HexNumber      // of the bytes of a number that isn't negative: a number
	Date           // of 2026-01-31 23:59:59Z: a time
	FileTime       // of a time with the last nine digits of a FILETIME as its decimals: a time
	Seconds        // of a number of seconds since 1970: a time
	Moment         // of the time of the packet: a time, written as one
	Lists          // of text that is nested lists in JSON: these lists
	Merged         // of an array of objects: one object with the members of all
	Joined         // the same, where no two objects have a member in common
	Unwrapped      // of an array of objects with an array each: what is in all of these
	Spread         // of an object: its members, in its place
)

// A Role says what becomes of a member of the objects in an array when they are
// merged.
type Role uint8

// The roles.
const (
	// Once is a member of the merged object. An object that has it again is in
	// the list "repeated".
	Once Role = iota
	// Many is a list of all values.
	Many
	// Mark is a list of the names of the first members of objects in which it is
	// true.
	Mark
	// Other says that the object isn't merged, but is in the list "other".
	Other
	// Apart is the same with a list that has the member's name.
	Apart
	// With stands in an object that isn't merged, beside a member that says so.
	With
	// Naming has the name of a member, whose values are those of the member that
	// is Named, in a list.
	Naming
	Named
)

// Names of lists in merged objects.
const (
	repeatedName = "repeated"
	otherName    = "other"
	textSuffix   = "_text"
)

// To says what the value is in a normalized record.
func (f Field) To(form Form) Field {
	f.Form = form
	return f
}

// In says what the member is where the objects of an array are merged.
func (f Field) In(role Role) Field {
	f.Role = role
	return f
}

// Renamed says which name the member has in a normalized record.
func (f Field) Renamed(name string) Field {
	f.As = name
	return f
}

// Saying describes the member in a normalized record.
func (f Field) Saying(doc string) Field {
	f.About = doc
	return f
}

// NormalFields are the members of normalized records, whose others are fields.
// Members may be there twice.
func NormalFields(fields []Field) []Field {
	var normal []Field
	for _, f := range fields {
		if f.As != "" {
			f.Name = f.As
		}
		if f.About != "" {
			f.Doc, f.About = f.About, ""
		}
		switch f.Form {
		case Dropped:
		case Words, Codes2, Codes4:
			f.Elem, f.Type = f.Type, Array
			normal = append(normal, f.normalized())
		case Number, HexNumber:
			normal = append(normal, f.orText(Uint, "no number")...)
		case Date, FileTime, Seconds:
			normal = append(normal, f.orText(Time, "no time")...)
		case Moment:
			f.Type = Time
			normal = append(normal, f.normalized())
		case Lists:
			list := f.orText(Array, "no JSON")
			list[0].Elem, list[0].Open = Array, true
			normal = append(normal, list...)
		case Merged, Joined:
			f.Type, f.Fields = Object, mergedFields(f.Fields, f.Form)
			normal = append(normal, f.normalized())
		case Unwrapped:
			f.Fields = NormalFields(f.Fields[0].Fields)
			normal = append(normal, f.normalized())
		case Spread:
			for _, g := range NormalFields(f.Fields) {
				if g.When == "" {
					g.When = f.When
				}
				normal = append(normal, g)
			}
		default:
			f.Fields = NormalFields(f.Fields)
			normal = append(normal, f.normalized())
		}
	}
	return normal
}

// normalized is the field without what says how it comes about.
func (f Field) normalized() Field {
	f.Form, f.Role, f.As, f.About = Same, Once, "", ""
	return f
}

// orText are a member with a value of a type, and the one with text in its
// place.
func (f Field) orText(t Type, problem string) []Field {
	value, text := f.normalized(), f.normalized()
	value.Type, value.Elem = t, String
	text.Name += textSuffix
	text.Type, text.Elem, text.Doc = Text, String, f.Name+" as it came, where it is "+problem
	return []Field{value, text}
}

// mergedFields are the members of a merged object; fields are those of the
// objects in the array.
func mergedFields(fields []Field, form Form) []Field {
	var merged, other, again []Field
	repeats := false
	for _, f := range fields {
		if f.Form == Dropped {
			continue
		}
		switch f.Role {
		case Other, With:
			other = append(other, f)
			continue
		case Apart:
			whole := []Field{f}
			for _, g := range fields {
				if g.Role == Mark {
					whole = append(whole, g)
				}
			}
			merged = append(merged, A(f.Name, f.Doc, NormalFields(whole)...))
			continue
		case Naming, Named:
			continue
		case Mark:
			merged = append(merged, L(f.Name, String, f.Doc+": the names of those for which it is true"))
		case Many:
			merged = append(merged, f.many())
		default:
			repeats = true
			merged = append(merged, NormalFields([]Field{f})...)
		}
		again = append(again, f)
	}
	if len(other) > 0 {
		merged = append(merged, A(otherName, "the others, in their order", NormalFields(other)...))
	}
	if repeats && form == Merged {
		merged = append(merged, A(repeatedName, "those that repeat a member that is there already, in their order", NormalFields(again)...))
	}
	return merged
}

// many is a member with a list of values.
func (f Field) many() Field {
	list := NormalFields([]Field{f})[0]
	if list.Type != Array {
		list.Elem = list.Type
	}
	list.Type = Array
	return list
}

package proto

import "merctools/lib/record"

// Protocols declare their fields with what package record has for that.
type (
	Field = record.Field
	Type  = record.Type
)

// The types of values.
const (
	String  = record.String
	Text    = record.Text
	Hex     = record.Hex
	Base64  = record.Base64
	Address = record.Address
	Time    = record.Time
	Uint    = record.Uint
	Int     = record.Int
	Float   = record.Float
	Bool    = record.Bool
	Null    = record.Null
	Object  = record.Object
	Array   = record.Array
)

// What --normalize makes of values.
const (
	Dropped   = record.Dropped
	Words     = record.Words
	Codes2    = record.Codes2
	Codes4    = record.Codes4
	Number    = record.Number
	HexNumber = record.HexNumber
	Date      = record.Date
	FileTime  = record.FileTime
	Seconds   = record.Seconds
	Lists     = record.Lists
	Merged    = record.Merged
	Joined    = record.Joined
	Unwrapped = record.Unwrapped
	Spread    = record.Spread
)

// What becomes of members of objects that it merges.
const (
	Many   = record.Many
	Mark   = record.Mark
	Other  = record.Other
	Apart  = record.Apart
	With   = record.With
	Naming = record.Naming
	Named  = record.Named
)

// F describes a member with a simple value.
func F(name string, t Type, doc string) Field { return record.F(name, t, doc) }

// O describes a member that is an object.
func O(name, doc string, fields ...Field) Field { return record.O(name, doc, fields...) }

// L describes a member that is an array of simple values.
func L(name string, elem Type, doc string) Field { return record.L(name, elem, doc) }

// A describes a member that is an array of objects.
func A(name, doc string, fields ...Field) Field { return record.A(name, doc, fields...) }

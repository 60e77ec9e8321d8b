package export

import "merctools/lib/record"

// A Column is what a path leads to, as a column that has a type. Package schema
// makes it of a path.
type Column struct {
	Name string // the path as text
	Path record.Path
	Type record.Type // of a value; Object stands for JSON of any kind
	List bool        // a row has any number of values, or none
}

// Package schema makes documents from what the protocols declare: a README
// of all of them, and a JSON Schema of records. Both are kept in the tree;
// a test checks that they are up to date.
package schema

//go:generate go run ./generate

import _ "embed"

// RecordSchema is the JSON Schema (draft 2020-12) of a record.
//
//go:embed record.schema.json
var RecordSchema string

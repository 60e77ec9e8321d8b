// Package merctools is the root of the toolkit; the commands are below cmd,
// the packages below lib.
package merctools

import _ "embed"

// License is the text of the license.
//
//go:embed LICENSE
var License string

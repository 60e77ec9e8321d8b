// Package scripts has nothing but tests of the scripts in its directory.
package scripts

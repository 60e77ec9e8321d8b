// Libmerc is package capi as a library for programs in C: libmerc.so with
// libmerc.h. scripts/build-libmerc makes it.
//
// Without cgo there is nothing in this package.
//
// # How it is made
//
// The functions of libmerc.h are written in C. What they return is in memory of
// C, which the functions in Go fill in: one call from C to Go is made for each
// packet, and none to ask what came of it. Libraries and processors are known to
// C by numbers, which are looked up without a lock.
package main

func main() {}

//go:build !linux

package main

// peak is the most memory that a process had at a time, where that is known.
func peak(*process) string { return "-" }

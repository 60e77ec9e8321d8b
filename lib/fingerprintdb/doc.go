// Package fingerprintdb tells from a fingerprint, its destination and a few words
// of the message which program most probably sent it, and what else is known
// of it. What it knows comes from a resource archive: a Model is loaded from
// one, and is read-only; an Analyzer, one for each goroutine, classifies with
// it; a History answers what depends on earlier packets.
package fingerprintdb

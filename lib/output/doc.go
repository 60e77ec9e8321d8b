// Package output writes what the commands make: lines of records, and pcap
// files of packets, to standard output or to files.
//
// An [Output] takes records or packets in any number of files, one after the
// other, and writes whole records only. It finishes files by renaming them, and
// says what could not be written. [Inputs] refuses an output that the command
// reads. A [Quarantine] collects packets that a parser failed on.
package output

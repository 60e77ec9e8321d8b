// Package pcap reads and writes capture files.
//
// A [Reader] takes pcap (draft-ietf-opsawg-pcap: both byte orders, microseconds
// and nanoseconds, and the variant with 24-byte record headers), pcapng
// (draft-ietf-opsawg-pcapng: any number of sections and interfaces) and snoop
// (RFC 1761), each of them plain or compressed with gzip, zstd, lz4 or xz. It
// detects the format from the content. Captures of any of these formats that
// were joined, as cat does, are one capture. Packets come in a [capture.Batch]:
// one block of memory as it was read, and where the packets are in it.
//
// The decoders are this package's own. The usual library, gopacket/pcapgo,
// hands out one packet a call, in a copy that is allocated or that the next
// call overwrites; here packets are views into the block that read(2) filled,
// which other goroutines can work on while the next one is read. That is twice
// to three times as fast (see the benchmarks), and allocates nothing once the
// batches are warm.
//
// A [PCAPFormat] makes the bytes of pcap files; package output writes them.
package pcap

// Generate writes the snapshot of the built-in archive. "go generate" runs it in
// the folder of that package.
package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"log"
	"os"

	"merctools/lib/fingerprintdb"
)

func main() {
	archive, err := os.ReadFile("default.tgz")
	if err != nil {
		log.Fatal(err)
	}
	snapshot, err := fingerprintdb.Snapshot(bytes.NewReader(archive))
	if err != nil {
		log.Fatal(err)
	}
	sum := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(archive))
	if err := os.WriteFile("default.snapshot", append(sum, snapshot...), 0o666); err != nil {
		log.Fatal(err)
	}
}

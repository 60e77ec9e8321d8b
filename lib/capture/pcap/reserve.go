package pcap

import (
	"io"
	"os"

	"merctools/lib/capture"
)

// Parallel allows Reserve: what Open was given is this file, from its beginning.
func (r *Reader) Parallel(file *os.File) {
	at, err := file.Seek(0, io.SeekCurrent)
	if r.fill && r.packed == nil && err == nil && at == r.position() {
		r.file = file
	}
}

// Reserve prepares b for [capture.Batch.Load], where that is possible. It will
// be filled after as many calls of ReadBatch from now as ahead says. If it turns
// out that something else comes there, ReadBatch reads that.
func (r *Reader) Reserve(b *capture.Batch, ahead int) {
	at := r.position()
	if r.file == nil || r.packed != nil || r.srcErr != nil || cap(b.Data) < capture.MinBlock+capture.Headroom {
		b.Reserve(nil, 0)
		return
	}
	for range ahead {
		at += int64(b.LoadLen(at))
	}
	b.Reserve(r.file, at)
}

// position is the offset of what is read next from the source.
func (r *Reader) position() int64 { return r.offset + int64(len(r.head)) }

// loaded begins to fill a batch for which a part of the file was reserved. It
// returns where the data begins and ends that it has, and where data is to end.
func (r *Reader) loaded(b *capture.Batch, data []byte) (pos, n, end int) {
	pos = capture.Headroom - len(r.head)
	copy(data[pos:], r.head)
	at := r.position()
	n = capture.Headroom + b.Loaded(at)
	end = capture.Headroom + b.LoadLen(at)
	// Reading goes on there, and others see how far it is.
	if _, err := r.file.Seek(at+int64(n-capture.Headroom), io.SeekStart); err != nil {
		n = capture.Headroom
		r.srcErr = err
	}
	r.offset -= int64(pos) // of data[0] from now on
	return pos, n, end
}

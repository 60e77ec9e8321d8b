package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"merctools/lib/capture/pcap"
)

// OpenRecords is Open for lines of JSON. A capture is an error.
func (e *Env) OpenRecords(ctx context.Context, name string) (r io.ReadCloser, called string, err error) {
	r, called, err = e.Open(ctx, name)
	if err != nil {
		return nil, "", err
	}
	r, err = ReadRecords(r, r, called)
	return r, called, err
}

// ReadRecords reads lines of JSON from a file, what comes from it being text. A
// capture is an error, and the file is closed.
func ReadRecords(file io.ReadCloser, text io.Reader, called string) (io.ReadCloser, error) {
	head, err := ReadHead(text)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", called, err)
	}
	switch pcap.Sniff(head) {
	case pcap.Unknown:
		return sniffed{io.MultiReader(bytes.NewReader(head), text), file}, nil
	case pcap.PCAP, pcap.PCAPNG, pcap.Snoop:
		err = fmt.Errorf("%s: this is a capture: run merc-fp first", called)
	default:
		err = fmt.Errorf("%s: compressed data, not lines of JSON: run merc-fp first if it is a capture", called)
	}
	file.Close()
	return nil, err
}

// sniffed is a file whose beginning has been read.
type sniffed struct {
	io.Reader
	file io.ReadCloser
}

// Close implements io.Closer.
func (s sniffed) Close() error { return s.file.Close() }

// ReadHead reads the bytes that tell captures from text. It does not wait for
// more once they begin a record.
func ReadHead(r io.Reader) ([]byte, error) {
	head := make([]byte, 0, pcap.SniffLen)
	for len(head) < cap(head) && !bytes.HasPrefix(head, []byte("{")) {
		n, err := r.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return head, err
		}
	}
	return head, nil
}

// A headReader keeps the first bytes that are read.
type headReader struct {
	io.Reader
	head []byte
}

// Read implements io.Reader.
func (h *headReader) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if room := maxHead - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(n, room)]...)
	}
	return n, err
}

// Stat returns what is known of the file that is read: package pcap asks
// whether it is a regular one.
func (h *headReader) Stat() (fs.FileInfo, error) {
	if f, ok := h.Reader.(*os.File); ok {
		return f.Stat()
	}
	return nil, errors.ErrUnsupported
}

const maxHead = 64

// isJSON reports whether the first byte that is no space begins an object.
func (h *headReader) isJSON() bool {
	return bytes.HasPrefix(bytes.TrimLeft(h.head, " \t\r\n"), []byte("{"))
}

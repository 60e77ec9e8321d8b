package bus

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxText is how long the lines of a message may be, in bytes, and its rows: a bound
// for what a hostile message can expand to.
const maxText = 64 << 20

// An encoder compresses bodies. It is for one goroutine at a time.
type encoder struct {
	z *zstd.Encoder // nil: bodies are not compressed
}

// newEncoder returns an encoder for bodies of about size bytes.
func newEncoder(compress bool, size int) (*encoder, error) {
	if !compress {
		return &encoder{}, nil
	}
	window := zstd.MinWindowSize
	for window < size && window < 1<<20 {
		window *= 2
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	return &encoder{z}, nil
}

// encode makes whole lines the body of a message. The body is appended to m.Body.
func (e *encoder) encode(m *Message, lines []byte) {
	if e.z == nil {
		m.Body, m.Encoding = append(m.Body, lines...), ""
		return
	}
	m.Body, m.Encoding = e.z.EncodeAll(lines, m.Body), encodingZstd
}

// messages makes messages of whole lines: one, or more where its body would be
// longer than most bytes. The header is that of all, but for the number of
// records; the IDs of several have something appended. body returns memory for
// a body. reject gets a line whose message is too long.
func (e *encoder) messages(dst []*Message, header Message, text []byte, most int, body func() []byte, reject func(line []byte)) []*Message {
	m := header
	m.Body = body()[:0]
	e.encode(&m, text)
	if len(m.Body) <= most {
		return append(dst, &m)
	}
	if m.Records == 1 {
		reject(text)
		return dst
	}
	half := 0
	for range m.Records / 2 {
		half += bytes.IndexByte(text[half:], '\n') + 1
	}
	first, second := header, header
	first.Records = m.Records / 2
	second.Records -= first.Records
	first.ID += "a"
	second.ID += "b"
	dst = e.messages(dst, first, text[:half], most, body, reject)
	return e.messages(dst, second, text[half:], most, body, reject)
}

// A Decoder reads bodies. It is for one goroutine at a time.
type Decoder struct {
	z *zstd.Decoder
}

// NewDecoder returns a Decoder.
func NewDecoder() (*Decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxText), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return &Decoder{z}, nil
}

// AppendLines appends the lines of a message to dst, each with its end, and
// sets m.Records to their number. An error, which leaves dst as it was, says
// what is wrong with the message.
func (d *Decoder) AppendLines(dst []byte, m *Message) ([]byte, error) {
	out := dst
	switch m.Encoding {
	case "":
		if len(m.Body) > maxText {
			return dst, fmt.Errorf("%d bytes are more than %d", len(m.Body), maxText)
		}
		out = append(out, m.Body...)
	case encodingZstd:
		var err error
		if out, err = d.z.DecodeAll(m.Body, out); err != nil {
			return dst, err
		}
	default:
		return dst, fmt.Errorf("unknown encoding %.40q", m.Encoding)
	}
	text := out[len(dst):]
	if len(text) > 0 && text[len(text)-1] != '\n' {
		out = append(out, '\n')
		text = out[len(dst):]
	}
	n := bytes.Count(text, newline)
	if m.Records > 0 && m.Records != n {
		return dst, fmt.Errorf("%d records, but its header says %d", n, m.Records)
	}
	m.Records = n
	return out, nil
}

var newline = []byte{'\n'}

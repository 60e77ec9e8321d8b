package prototest

import (
	"merctools/lib/fdc"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// Summary returns what a fingerprint and destination context has of a message
// beside its fingerprint, as JSON, or "none" where there is nothing to write.
func (p *Parser) Summary(data []byte) string {
	p.tb.Helper()
	if !p.parse(data) {
		return "none"
	}
	s, ok := p.Message.(proto.Summarizer)
	if !ok {
		p.tb.Fatalf("%T tells nothing", p.Message)
	}
	var w fdc.Writer
	w.Map()
	s.Summarize(&w)
	w.End()
	var out record.Writer
	if err := fdc.AppendJSON(&out, w.Bytes()); err != nil {
		p.tb.Fatalf("%x: %v in %x", data, err, w.Bytes())
	}
	return string(out.Bytes())
}

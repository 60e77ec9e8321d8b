package ftp

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *Request) Summarize(w *fdc.Writer) {
	w.Protocol("ftp")
	w.Key("ftp").Map()
	w.Key("request").Map()
	w.TextMember("command", m.Command)
	w.TextMember("argument", m.Argument)
	w.End()
	w.End()
}

// Summarize implements proto.Summarizer.
func (m *Response) Summarize(w *fdc.Writer) {
	w.Protocol("ftp")
	w.Key("ftp").Map()
	w.Key("response").Map()
	w.TextMember("status_code", m.Code)
	w.TextMember("reply_text", m.Text)
	w.End()
	w.End()
}

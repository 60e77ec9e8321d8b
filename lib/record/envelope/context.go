package envelope

import "merctools/lib/record"

var contextFields = []record.Field{
	record.O("context", "what analysis and statistics need and the options keep out of the record; only between merc-fp and merc-analyze",
		record.F("server_name", record.Text, "host name that the client asks for"),
		record.F("server_name_hex", record.Hex, "the same, if it is not text"),
		record.F("user_agent", record.Text, "name of the sender's software"),
		record.F("user_agent_hex", record.Hex, "the same, if it is not text"),
		record.L("fingerprints", record.String, "the fingerprint in other formats, where they do not follow from the one in the record")),
}

var fdcFields = []record.Field{
	record.F("fdc", record.Hex, "fingerprint and destination context, in CBOR").If("--fdc"),
}

func (r *Record) writeFDC(w *record.Writer) {
	if len(r.FDC) > 0 {
		w.Key("fdc").Hex(r.FDC)
	}
}

// writeContext writes the member context with what can be classified by but
// is not in the message's members.
func (r *Record) writeContext(w *record.Writer) {
	c := r.Context
	if c == nil {
		return
	}
	exactName, exactAgent := record.IsExact(c.ServerName), record.IsExact(c.UserAgent)
	if c.ServerNameShown && exactName && c.UserAgentShown && exactAgent && len(r.Formats) == 0 {
		return
	}
	start := w.Len()
	defer func() { r.bound(w, start, contextShare) }()
	w.Key("context").Object()
	switch {
	case !exactName:
		w.Key("server_name_hex").Hex(c.ServerName)
	case !c.ServerNameShown:
		w.Key("server_name").Text(c.ServerName)
	}
	switch {
	case !exactAgent:
		w.Key("user_agent_hex").Hex(c.UserAgent)
	case !c.UserAgentShown:
		w.Key("user_agent").Text(c.UserAgent)
	}
	if len(r.Formats) > 0 {
		w.Key("fingerprints").Array()
		for _, fp := range r.Formats {
			w.Elem().StrBytes(fp)
		}
		w.EndArray()
	}
	w.EndObject()
}

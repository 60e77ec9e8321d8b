package indicators

import "merctools/lib/record"

// Fields is the member that records have where an indicator matches.
var Fields = []record.Field{
	record.A("indicators", "indicators that match the record, at most 16",
		record.F("value", record.Text, "the indicator, names and digits in lower case"),
		record.F("kind", record.String, "address, network, domain, url, ja3, ja3s, hassh, hasshserver, ja4, npf, certificate or user_agent"),
		record.F("in", record.String, "where it is: src_ip, dst_ip, server_name, query, answer, authority, additional, url, user_agent, certificate, fingerprint, or the name of another fingerprint, such as ja3"),
		record.F("list", record.Text, "name of the file"),
		record.F("line", record.Uint, "line in the file, from 1"),
		record.F("text", record.Text, "what the list says of it")).If("--indicators"),
}

// Write writes the member indicators, if there are hits.
func (s *Set) Write(w *record.Writer, h *Hits) {
	if len(h.list) == 0 {
		return
	}
	w.Key("indicators").Array()
	for _, hit := range h.list {
		e := &s.entries[hit.entry]
		kind := kindNames[e.kind]
		if e.kind == MD5 {
			kind = hit.in
		}
		w.Elem().Object()
		w.Key("value").Text(s.bytes(e.value))
		w.Key("kind").Str(kind)
		w.Key("in").Str(hit.in)
		w.Key("list").Text(s.lists[e.list])
		w.Key("line").Uint(uint64(e.line))
		w.OptionalText("text", s.bytes(e.about))
		w.EndObject()
	}
	w.EndArray()
}

package envelope

import (
	"bytes"
	"encoding/hex"

	"merctools/lib/npf"
	"merctools/lib/record"
)

// draftName is the member that drafts of QUIC have, with the name of the
// software.
const draftName = "quic_transport_parameters_draft"

var draftParameters = []byte(`"` + draftName + `"`)

// maxSoftware is how long the software and the comments in the identification
// of an SSH host can be, in bytes, for them to count.
const maxSoftware = 512

// readNames finds the names that the kind of message has.
func (v *View) readNames(message []byte) {
	switch v.Type {
	case npf.TLS, npf.QUIC:
		v.ServerName = record.Quoted(record.Find(message, "client", "server_name"))
		// Looking for a text takes a fraction of what looking for a member
		// does that hardly any client has.
		if bytes.Contains(message, draftParameters) && record.Find(message, "client", draftName) != nil {
			v.UserAgent = record.Quoted(record.Find(message, "client", "google_user_agent"))
		}
	case npf.HTTP:
		v.ServerName = record.Quoted(record.Find(message, "request", "host"))
		v.UserAgent = record.Quoted(record.Find(message, "request", "user_agent"))
	case npf.SSH, npf.SSHInit, npf.SSHServer, npf.SSHInitServer:
		// The software is the whole identification, but only where it has a
		// comment (RFC 4253, section 4.2).
		start := record.Find(message, "init")
		if comment := record.Quoted(record.Find(start, "comment")); comment != nil && len(start) <= record.MaxLen {
			v.joined = append(v.joined[:0], record.Quoted(record.Find(start, "protocol"))...)
			v.joined = append(v.joined, comment...)
			if len(v.joined) > maxSoftware {
				v.escaped = record.AppendUnescaped(v.escaped[:0], v.joined)
				if len(v.escaped) > maxSoftware {
					break
				}
			}
			v.UserAgent = v.joined
		}
	case npf.Tofsee:
		v.UserAgent = record.Quoted(record.Find(message, "bot_ip"))
	case npf.STUN:
		v.UserAgent = software(record.Find(message, "attributes"))
	}
}

// software is the value of the last SOFTWARE attribute of a STUN message.
func software(attributes []byte) (name []byte) {
	var m record.Member
	for list := record.ScanArray(attributes); list.Next(); {
		var value []byte
		isSoftware := false
		for s := record.Scan(list.Value); s.Next(&m); {
			switch string(m.Name) {
			case "type":
				isSoftware = string(m.Value) == `"SOFTWARE"`
			case "value":
				value = record.Quoted(m.Value)
			}
		}
		if isSoftware {
			name = value
		}
	}
	return name
}

func (v *View) readContext(context []byte) {
	var m record.Member
	for s := record.Scan(context); s.Next(&m); {
		switch string(m.Name) {
		case "server_name":
			v.ServerName = record.Quoted(m.Value)
		case "user_agent":
			v.UserAgent = record.Quoted(m.Value)
		case "server_name_hex":
			v.ServerName, v.serverNameHex = nil, record.Quoted(m.Value)
		case "user_agent_hex":
			v.UserAgent, v.userAgentHex = nil, record.Quoted(m.Value)
		}
	}
}

// AppendServerName appends the host name that the client asks for, as it was
// in the message.
func (v *View) AppendServerName(dst []byte) []byte {
	return appendName(dst, v.ServerName, v.serverNameHex)
}

// AppendUserAgent appends the name of the sender's software, as it was in the
// message.
func (v *View) AppendUserAgent(dst []byte) []byte {
	return appendName(dst, v.UserAgent, v.userAgentHex)
}

// appendName appends a name, unless it is longer than a record can be: lines
// can be longer, and memory for names is not.
func appendName(dst, escaped, digits []byte) []byte {
	if len(escaped) > record.MaxLen || len(digits) > record.MaxLen {
		return dst
	}
	if digits == nil {
		return record.AppendUnescaped(dst, escaped)
	}
	n := len(dst)
	decoded, err := hex.AppendDecode(dst, digits)
	if err != nil {
		return dst[:n]
	}
	return decoded
}

// readFDC takes names that are in no member of the message from a fingerprint
// and destination context, given as hexadecimal digits. One that can't be read
// tells nothing.
func (v *View) readFDC(object []byte) {
	digits := record.Quoted(object)
	v.binary = append(v.binary[:0], digits...)
	n, err := hex.Decode(v.binary, digits)
	if err != nil || v.object.Parse(v.binary[:n]) != nil {
		return
	}
	if name := v.object.ServerName; len(v.ServerName) == 0 && len(name) > 0 {
		v.told[0] = hex.AppendEncode(v.told[0][:0], name)
		v.ServerName, v.serverNameHex = nil, v.told[0]
	}
	if agent := v.object.UserAgent; len(v.UserAgent) == 0 && len(agent) > 0 {
		v.told[1] = hex.AppendEncode(v.told[1][:0], agent)
		v.UserAgent, v.userAgentHex = nil, v.told[1]
	}
}

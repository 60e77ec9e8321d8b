// Package ftp reads commands and replies of the File Transfer Protocol.
package ftp

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes FTP.
var Protocol = &proto.Protocol{
	Name: "FTP",
	Doc:  "File Transfer Protocol: the control connection",
	Spec: "RFC 959",
	Selectors: map[string]string{
		"ftp":          "FTP commands and replies",
		"ftp.request":  "FTP commands",
		"ftp.response": "FTP replies",
	},
	Messages: []proto.Kind{{
		Name:   "request",
		Select: []string{"ftp", "ftp.request"},
		Match:  []detect.Rule{{Layer: detect.TCP, HomePort: port, Words: commandWords}},
		New:    func(*proto.Options) proto.Message { return new(Request) },
	}, {
		Name:   "response",
		Select: []string{"ftp", "ftp.response"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: port, Side: detect.Source}},
		New:    func(*proto.Options) proto.Message { return new(Response) },
	}},
	Framer: &proto.Framer{Frame: frame},
	Records: []proto.Recognition{
		{Selector: "ftp.request", With: "ftp.request"},
		{Selector: "ftp.response", With: "ftp.response"},
	},
	Fields: []proto.Field{proto.O("ftp", "an FTP command or reply",
		proto.O("request", "a command",
			proto.F("command", proto.Text, "its name"),
			proto.F("argument", proto.Text, "its argument").Hidden()),
		proto.O("response", "a reply",
			proto.F("status_code", proto.Text, "the reply code").To(proto.Number),
			proto.F("reply_text", proto.Text, "everything behind it, of all lines")),
	)},
}

const port = 21

// commandWords are the first four bytes of commands, by the names that IANA
// lists (FTP Commands and Extensions). Names of three letters are followed by
// a space or by the end of the line.
var commandWords = []string{
	"ABOR", "ACCT", "ADAT", "ALGS", "ALLO", "APPE", "AUTH", "CCC ", "CCC\r", "CDUP", "CLNT", "CONF",
	"CWD ", "CWD\r", "DELE", "ENC ", "ENC\r", "EPRT", "EPSV", "FEAT", "HELP", "HOST", "LANG", "LIST",
	"LPRT", "LPSV", "MDTM", "MIC ", "MIC\r", "MKD ", "MKD\r", "MLSD", "MLST", "MODE", "NLST", "NOOP",
	"OPTS", "PASS", "PASV", "PBSZ", "PORT", "PROT", "PWD ", "PWD\r", "QUIT", "REIN", "REST", "RETR",
	"RMD ", "RMD\r", "RNFR", "RNTO", "SITE", "SIZE", "SMNT", "STAT", "STOR", "STOU", "STRU", "SYST",
	"TYPE", "USER", "XCUP", "XCWD", "XMKD", "XPWD", "XRMD",
}

// A Request is a command (RFC 959, section 4.1).
type Request struct {
	Command  wire.Cursor // name of the command, in the case in which it came
	Argument wire.Cursor // without the line's end; empty where there is none
}

const (
	minCommand = 3
	maxCommand = 4
)

// Parse implements proto.Message. The data must be one whole line.
func (m *Request) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Command = c.While(wire.IsLetter)
	if c.HasPrefix(" ") {
		c.Skip(1)
	}
	m.Argument = c.Line()
	return len(m.Command) >= minCommand && len(m.Command) <= maxCommand && c.Ok() && !c.More()
}

// Exposure implements proto.Exposer.
func (m *Request) Exposure() proto.Exposure {
	if m.Argument.More() && wire.EqualFold(m.Command, "pass") {
		return proto.ExposedPassword
	}
	return proto.NotExposed
}

// isSecret reports whether the argument is a password, or data of an
// authentication (RFC 959, section 4.1.1; RFC 2228, section 3).
func (m *Request) isSecret() bool {
	return wire.EqualFold(m.Command, "pass") || wire.EqualFold(m.Command, "acct") || wire.EqualFold(m.Command, "adat")
}

// WriteRecord implements proto.Message.
func (m *Request) WriteRecord(w *record.Writer) {
	w.Key("ftp").Object()
	w.Key("request").Object()
	w.Key("command").Text(m.Command)
	if m.Argument.More() {
		w.Key("argument")
		if m.isSecret() {
			w.SecretText(m.Argument)
		} else {
			w.Text(m.Argument)
		}
	}
	w.EndObject()
	w.EndObject()
}

// A Response is a reply (RFC 959, section 4.2).
type Response struct {
	Code wire.Cursor // three digits
	Text wire.Cursor // everything behind the code and a space or hyphen, of all lines
}

const codeLen = 3

// Parse implements proto.Message.
func (m *Response) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Code = c.While(wire.IsDigit)
	separator := c.Uint8()
	m.Text = c
	return len(m.Code) == codeLen && (separator == ' ' || separator == '-')
}

// WriteRecord implements proto.Message.
func (m *Response) WriteRecord(w *record.Writer) {
	w.Key("ftp").Object()
	w.Key("response").Object()
	w.Key("status_code").Text(m.Code)
	w.OptionalText("reply_text", m.Text)
	w.EndObject()
	w.EndObject()
}

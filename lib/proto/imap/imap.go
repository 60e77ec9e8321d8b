// Package imap reads requests and responses of the Internet Message Access
// Protocol.
package imap

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
)

// Protocol describes IMAP.
var Protocol = &proto.Protocol{
	Name: "IMAP",
	Doc:  "Internet Message Access Protocol",
	Spec: "RFC 3501",
	Selectors: map[string]string{
		"imap":          "IMAP commands and responses",
		"imap.request":  "IMAP commands",
		"imap.response": "IMAP responses",
	},
	Messages: []proto.Kind{{
		Name:   "requests",
		FDC:    "imap",
		Select: []string{"imap", "imap.request"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: port, Side: detect.Destination}},
		New:    func(o *proto.Options) proto.Message { return &Requests{metadata: o.Metadata} },
	}, {
		Name:   "responses",
		FDC:    "imap",
		Select: []string{"imap", "imap.response"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: port, Side: detect.Source}},
		New:    func(*proto.Options) proto.Message { return new(Responses) },
	}},
	Framer: &proto.Framer{Frame: frame},
	Records: []proto.Recognition{
		{Selector: "imap.request", With: "imap.requests"},
		{Selector: "imap.response", With: "imap.responses"},
	},
	Fields: []proto.Field{proto.O("imap", "IMAP requests or responses",
		proto.A("requests", "what a client sends",
			proto.F("is_tagged", proto.Bool, "true for a command, false for data that a server asked for"),
			proto.F("tag", proto.Text, "tag of a command"),
			proto.F("command", proto.Text, "name of a command"),
			proto.F("username", proto.Text, "first argument of LOGIN; an object as below where it is a literal"),
			proto.O("username", "first argument of LOGIN, where it is a literal", literalFields...),
			proto.F("password", proto.Text, "second argument of LOGIN; an object as below where it is a literal").Hidden(),
			proto.O("password", "second argument of LOGIN, where it is a literal", secretLiteralFields...),
			proto.F("auth_type", proto.Text, "arguments of AUTHENTICATE").Hidden(),
			proto.F("args_length", proto.Uint, "bytes in the arguments of any other command, with the end of the line"),
			proto.F("arguments", proto.Text, "arguments of any other command, with the end of the line").If("--metadata"),
			proto.F("type", proto.String, "continuation, for data that a server asked for"),
			proto.F("action", proto.String, "cancel, where the data says so"),
			proto.F("data", proto.Text, "any other data").Hidden()),
		proto.A("responses", "what a server sends",
			proto.F("is_tagged", proto.Bool, "true for the end of a command's response"),
			proto.F("tag", proto.Text, "tag of the command"),
			proto.F("type", proto.String, "continuation for a request for more data; resp-cond-state, capability or data for untagged responses"),
			proto.F("status", proto.Text, "OK, NO or BAD"),
			proto.F("text", proto.Text, "what follows the status"),
			proto.F("data", proto.Text, "what follows the type")),
	)},
}

var secretLiteralFields = []proto.Field{literalFields[0], literalFields[1], literalFields[2].Hidden()}

var literalFields = []proto.Field{
	proto.F("size", proto.Uint, "bytes in the literal"),
	proto.F("synchronizing", proto.Bool, "true where the client waits for the server before it sends the data"),
	proto.F("data", proto.Text, "the data, where the client does not wait"),
}

// Package mysql reads the first messages of a connection to a MySQL or
// MariaDB server.
package mysql

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes the client/server protocol of MySQL.
var Protocol = &proto.Protocol{
	Name: "MySQL",
	Doc:  "client/server protocol of MySQL and MariaDB",
	Spec: "MySQL Internals Manual, \"Connection Phase\"; MariaDB documentation, \"Connecting\"",
	Messages: []proto.Kind{
		{
			Name:   "server greeting",
			FDC:    "mysql",
			Select: []string{"mysql"},
			// Packet number 0, protocol version 10, and a version such as
			// 8.0 whose second and fourth characters are printable.
			Match: []detect.Rule{{
				Layer: detect.TCP,
				Mask:  "\x00\x00\x00\xf8\xff\xf0\xff\xf0\xe0\xe0\x00\x00\x00\x00\x00\x00",
				Value: "\x00\x00\x00\x00\x0a\x30\x2e\x30\x20\x20\x00\x00\x00\x00\x00\x00",
				Least: 10,
			}},
			New: func(o *proto.Options) proto.Message { return &Greeting{metadata: o.Metadata} },
		},
		{
			Name:   "login request",
			FDC:    "mysql",
			Select: []string{"mysql"},
			Match:  []detect.Rule{{Layer: detect.TCP, Port: 3306}},
			New:    func(o *proto.Options) proto.Message { return &Login{metadata: o.Metadata} },
		},
	},
	Framer: &proto.Framer{Frame: frame},
	Fields: []proto.Field{
		proto.O("mysql_server", "the first message of a server",
			proto.F("version", proto.Text, "version of the server"),
			proto.F("pkt_num", proto.Uint, "sequence number").If("--metadata"),
			proto.F("salt", proto.Text, "random data for the authentication"),
			proto.F("capabilities_value", proto.Hex, "lower 16 capability flags, as sent"),
			proto.L("capabilities_str", proto.String, "their names").If("--metadata"),
			proto.F("collation", proto.String, "default collation"),
			proto.F("server_status_value", proto.Hex, "status flags"),
			proto.L("server_status_str", proto.String, "their names").If("--metadata"),
			proto.F("extended_capabilities_value", proto.Hex, "upper 16 capability flags"),
			proto.L("ext_capabilities_str", proto.String, "their names").If("--metadata"),
			proto.F("auth_plugin_len", proto.Uint, "length of the random data, which is taken for that of the method's name"),
			proto.F("auth_plugin", proto.Text, "authentication method"),
			proto.F("mariadb", proto.Bool, "the greeting is read as one of MariaDB"),
			proto.F("mariadb_extended", proto.Uint, "capability flags of MariaDB, most significant byte first")),
		proto.O("mysql_login", "the answer of a client",
			proto.F("pkt_num", proto.Uint, "sequence number").If("--metadata"),
			proto.F("collation", proto.String, "collation that the client wants"),
			proto.F("mariadb", proto.Bool, "the client is one of MariaDB"),
			proto.F("mariadb_extended", proto.Uint, "capability flags of MariaDB, most significant byte first"),
			proto.F("username", proto.Text, "user"),
			proto.F("auth_plugin", proto.Text, "authentication method"),
			proto.F("ssl_request", proto.Bool, "TLS follows"),
			proto.F("auth_data", proto.Hex, "proof that the client knows the password").Hidden().If("--metadata")),
	},
}

// Capability flags that say how a login goes on.
const (
	connectWithDB    = 1 << 3 // of the lower flags
	pluginAuth       = 1 << 3 // of the upper flags
	lenencClientData = 1 << 5 // of the upper flags
)

// headerLen is the number of bytes of the length before a packet, without the
// sequence number.
const headerLen = 3

func writeCollation(w *record.Writer, id uint8) {
	if id != 0 {
		w.Key("collation").Str(collations[id])
	}
}

// writeFlags writes the names of the flags in v, if any.
func writeFlags(w *record.Writer, key string, v uint16, names *[16]string) {
	if v == 0 {
		return
	}
	w.Key(key).Array()
	for i, name := range names {
		if v&(1<<i) != 0 {
			w.Elem().Str(name)
		}
	}
	w.EndArray()
}

// frame finds the first packet of a side: its length is in the first three
// bytes, the least significant first, and its number in the fourth.
func frame(data wire.Cursor, f *proto.Frame) {
	const (
		port       = 3306
		prefixLen  = 4
		longest    = 4096
		fromServer = 0
		fromClient = 1
	)
	if !f.First || !f.On(port) {
		return
	}
	if len(data) < prefixLen {
		f.Wait(prefixLen)
		return
	}
	c := data
	n, number := int(c.Uint24LE()), c.Uint8()
	if n > 0 && n <= longest && (number == fromServer && f.SrcPort == port || number == fromClient && f.DstPort == port) {
		f.Prefixed(data, prefixLen+n)
	}
}

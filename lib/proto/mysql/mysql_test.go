package mysql

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// numbered puts the length and the sequence number before a packet.
func numbered(sequence uint8, body string) string {
	n := len(body)
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), sequence}) + body
}

// greeting builds a server's greeting.
func greeting(version string, flags, collation, status, extended, pluginLen string, tail string) string {
	return numbered(0, "\x0a"+version+"\x00"+"\x08\x00\x00\x00"+"saltsalt\x00"+flags+collation+status+extended+pluginLen+tail)
}

const (
	reserved10 = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	salt2      = "moresaltmore\x00"
)

func strip(s string, members ...string) string {
	for _, m := range members {
		s = strings.ReplaceAll(s, m, "")
	}
	return s
}

func TestGreeting(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"MySQL 8", greeting("8.0.36", "\xff\xff", "\xff", "\x02\x00", "\xff\xdf", "\x15", reserved10+salt2+"caching_sha2_password\x00"), `"mysql_server":{"version":"8.0.36","pkt_num":0,"salt":"saltsaltmoresaltmore","capabilities_value":"ffff","capabilities_str":["LONG_PASSWORD","FOUND_ROWS","LONG_FLAG","CONNECT_WITH_DB","NO_SCHEMA","COMPRESS","ODBC","LOCAL_FILES","IGNORE_SPACE","PROTOCOL_41","INTERACTIVE","SSL","IGNORE_SIGPIPE","TRANSACTIONS","RESERVED","SECURE_CONNECTION"],"collation":"utf8mb4_tr_0900_as_cs","server_status_value":"0002","server_status_str":["STATUS_AUTOCOMMIT"],"extended_capabilities_value":"dfff","ext_capabilities_str":["MULTI_STATEMENTS","MULTI_RESULTS","PS_MULTI_RESULTS","PLUGIN_AUTH","CONNECT_ATTRS","PLUGIN_AUTH_LENENC_CLIENT_DATA","CAN_HANDLE_EXPIRED_PASSWORD","SESSION_TRACK","DEPRECATE_EOF","OPTIONAL_RESULTSET_METADATA","ZSTD_COMPRESSION_ALGORITHM","QUERY_ATTRIBUTES","MULTI_FACTOR_AUTHENTICATION","SSL_VERIFY_SERVER_CERT","REMEMBER_OPTIONS"],"auth_plugin_len":21,"auth_plugin":"caching_sha2_password","mariadb":true,"mariadb_extended":0}`},
		{"MariaDB", greeting("5.5.5-10.6.12-MariaDB", "\xfe\xf7", "\x2d", "\x02\x00", "\xff\x81", "\x15", "\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x00"+salt2+"mysql_native_password\x00"), `"mysql_server":{"version":"5.5.5-10.6.12-MariaDB","pkt_num":0,"salt":"saltsaltmoresaltmore","capabilities_value":"fef7","capabilities_str":["FOUND_ROWS","LONG_FLAG","CONNECT_WITH_DB","NO_SCHEMA","COMPRESS","ODBC","LOCAL_FILES","IGNORE_SPACE","PROTOCOL_41","INTERACTIVE","IGNORE_SIGPIPE","TRANSACTIONS","RESERVED","SECURE_CONNECTION"],"collation":"utf8mb4_bin","server_status_value":"0002","server_status_str":["STATUS_AUTOCOMMIT"],"extended_capabilities_value":"81ff","ext_capabilities_str":["MULTI_STATEMENTS","MULTI_RESULTS","PS_MULTI_RESULTS","PLUGIN_AUTH","CONNECT_ATTRS","PLUGIN_AUTH_LENENC_CLIENT_DATA","CAN_HANDLE_EXPIRED_PASSWORD","SESSION_TRACK","DEPRECATE_EOF","REMEMBER_OPTIONS"],"auth_plugin_len":21,"auth_plugin":"mysql_native_password","mariadb":true,"mariadb_extended":486539264}`},
		{"no method", greeting("5.0.54", "\x00\x00", "\x00", "\x00\x00", "\x00\x00", "\x00", reserved10+salt2), `"mysql_server":{"version":"5.0.54","pkt_num":0,"salt":"saltsaltmoresaltmore","capabilities_value":"0000","server_status_value":"0000","extended_capabilities_value":"0000","mariadb":true,"mariadb_extended":0}`},
		{"shorter method", greeting("5.5.62", "\xff\xf7", "\x08", "\x03\x40", "\x0f\x80", "\x15", reserved10+salt2+"auth\x00"), `"mysql_server":{"version":"5.5.62","pkt_num":0,"salt":"saltsaltmoresaltmore","capabilities_value":"fff7","capabilities_str":["LONG_PASSWORD","FOUND_ROWS","LONG_FLAG","CONNECT_WITH_DB","NO_SCHEMA","COMPRESS","ODBC","LOCAL_FILES","IGNORE_SPACE","PROTOCOL_41","INTERACTIVE","IGNORE_SIGPIPE","TRANSACTIONS","RESERVED","SECURE_CONNECTION"],"collation":"latin1_swedish_ci","server_status_value":"4003","server_status_str":["STATUS_IN_TRANS","STATUS_AUTOCOMMIT","SESSION_STATE_CHANGED"],"extended_capabilities_value":"800f","ext_capabilities_str":["MULTI_STATEMENTS","MULTI_RESULTS","PS_MULTI_RESULTS","PLUGIN_AUTH","REMEMBER_OPTIONS"],"auth_plugin_len":21,"mariadb":true,"mariadb_extended":0}`},
		{"method without an end", greeting("5.5.62", "\xff\xf7", "\x08", "\x02\x00", "\x0f\x80", "\x04", reserved10+salt2+"auth"), `"mysql_server":{"version":"5.5.62","pkt_num":0,"salt":"saltsaltmoresaltmore","capabilities_value":"fff7","capabilities_str":["LONG_PASSWORD","FOUND_ROWS","LONG_FLAG","CONNECT_WITH_DB","NO_SCHEMA","COMPRESS","ODBC","LOCAL_FILES","IGNORE_SPACE","PROTOCOL_41","INTERACTIVE","IGNORE_SIGPIPE","TRANSACTIONS","RESERVED","SECURE_CONNECTION"],"collation":"latin1_swedish_ci","server_status_value":"0002","server_status_str":["STATUS_AUTOCOMMIT"],"extended_capabilities_value":"800f","ext_capabilities_str":["MULTI_STATEMENTS","MULTI_RESULTS","PS_MULTI_RESULTS","PLUGIN_AUTH","REMEMBER_OPTIONS"],"auth_plugin_len":4,"auth_plugin":"auth","mariadb":true,"mariadb_extended":0}`},
		{"text", greeting("5.7.1\"\xc3\xa9", "\x00\x00", "\x10", "\x00\x00", "\x00\x00", "\x00", reserved10+"more\"altmor\xff\x00"), `"mysql_server":{"version":"5.7.1\"\u00e9","pkt_num":0,"salt":"saltsaltmore\"altmor\ufffd","capabilities_value":"0000","collation":"hebrew_general_ci","server_status_value":"0000","extended_capabilities_value":"0000","mariadb":true,"mariadb_extended":0}`},
		{"something follows", greeting("5.0.54", "\x00\x00", "\x00", "\x00\x00", "\x00\x00", "\x00", reserved10+salt2+"x"), "none"},
		{"salt without an end", greeting("5.0.54", "\x00\x00", "\x00", "\x00\x00", "\x00\x00", "\x00", reserved10+"moresaltmore!"), "none"},
		{"salt cut off", greeting("5.0.54", "\x00\x00", "\x00", "\x00\x00", "\x00\x00", "\x00", reserved10+"more"), "none"},
		{"short version", greeting("5.0.", "\x00\x00", "\x00", "\x00\x00", "\x00\x00", "\x00", reserved10+salt2), "none"},
		{"version without an end", numbered(0, "\x0a8.0.36"), "none"},
		{"empty", "", "none"},
	}
	for _, metadata := range []bool{true, false} {
		p := prototest.New(t, Protocol, "server greeting", proto.Options{Metadata: metadata})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, want := p.Record([]byte(tt.data)), tt.want
				if !metadata {
					want = strip(want, `,"pkt_num":0`)
					for _, key := range []string{"capabilities_str", "server_status_str", "ext_capabilities_str"} {
						if before, after, ok := strings.Cut(want, `,"`+key+`":[`); ok {
							_, after, _ = strings.Cut(after, "]")
							want = before + after
						}
					}
				}
				if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				p.Truncated([]byte(tt.data))
			})
		}
		p.NoAllocations([]byte(tests[0].data))
	}
}

// login builds a client's answer, up to the user.
func login(flags, extended, collation, mariadb, rest string) string {
	return numbered(1, flags+extended+"\x00\x00\x00\x01"+collation+reserved+mariadb+rest)
}

func TestLogin(t *testing.T) {
	const none = "\x00\x00\x00\x00"
	tests := []struct{ name, data, want string }{
		{"plain", login("\x85\xa6", "\x00\x00", "\x08", none, "root\x00\x04abcd"), `"mysql_login":{"pkt_num":1,"collation":"latin1_swedish_ci","username":"root","auth_data":"61626364"}`},
		{"all", login("\x8d\xa6", "\x08\x00", "\xff", none, "ro\"ot\x00\x02\x01\x02db\x00mysql_native_password\x00"), `"mysql_login":{"pkt_num":1,"collation":"utf8mb4_tr_0900_as_cs","username":"ro\"ot","auth_plugin":"mysql_native_password","auth_data":"0102"}`},
		{"length-encoded", login("\x85\xa6", "\x2f\x00", "\x21", none, "u\x00\x03abcauth\x00"), `"mysql_login":{"pkt_num":1,"collation":"cp1250_czech_cs","username":"u","auth_plugin":"auth","auth_data":"616263"}`},
		{"length of two bytes", login("\x85\xa6", "\x20\x00", "\x21", none, "u\x00\xfc\x03\x00abc"), `"mysql_login":{"pkt_num":1,"collation":"cp1250_czech_cs","username":"u","auth_data":"616263"}`},
		{"length of two bytes, too large", login("\x85\xa6", "\x20\x00", "\x21", none, "u\x00\xfc\x04\x00abc"), "none"},
		{"no authentication data", login("\x85\xa6", "\x20\x00", "\x21", none, "u\x00\xfb\x00x"), `"mysql_login":{"pkt_num":1,"collation":"cp1250_czech_cs","username":"u","auth_data":"78"}`},
		{"no authentication data, but some", login("\x85\xa6", "\x20\x00", "\x21", none, "u\x00\xfb\x01x"), "none"},
		{"length of three bytes", login("\x85\xa6", "\x20\x00", "\x21", none, "u\x00\xfd\x01\x00\x00x"), "none"},
		{"MariaDB", login("\x84\xa6", "\x00\x00", "\x00", "\x1c\x00\x00\x00", "u\x00\x00"), `"mysql_login":{"pkt_num":1,"mariadb":true,"mariadb_extended":469762048,"username":"u"}`},
		{"TLS", login("\x85\xae", "\x0f\x00", "\x2d", none, ""), `"mysql_login":{"pkt_num":1,"collation":"utf8mb4_bin","ssl_request":true}`},
		{"user without an end", login("\x85\xa6", "\x00\x00", "\x08", none, "root"), `"mysql_login":{"pkt_num":1,"collation":"latin1_swedish_ci","username":"root"}`},
		{"authentication data in a user without an end", login("\x85\xa6", "\x00\x00", "\x08", none, "r\x02oot"), `"mysql_login":{"pkt_num":1,"collation":"latin1_swedish_ci","username":"r\u0002oot","auth_data":"6f6f"}`},
		{"cut off behind the reserved bytes", login("\x85\xa6", "\x00\x00", "\x08", "\x00\x00", ""), `"mysql_login":{"pkt_num":1,"collation":"latin1_swedish_ci"}`},
		{"reserved bytes in use", numbered(1, "\x85\xa6\x00\x00\x00\x00\x00\x01\x08"+strings.Repeat("\x00", 18)+"\x01"+none+"root\x00\x00"), "none"},
		{"reserved bytes cut off", numbered(1, "\x85\xa6\x00\x00\x00\x00\x00\x01\x08"+strings.Repeat("\x00", 18)), "none"},
		{"query", numbered(0, "\x03select 1 from dual where 1 = 1"), "none"},
		{"empty", "", "none"},
	}
	for _, metadata := range []bool{true, false} {
		p := prototest.New(t, Protocol, "login request", proto.Options{Metadata: metadata})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, want := p.Record([]byte(tt.data)), tt.want
				if !metadata {
					want = strip(want, `"pkt_num":1,`, `,"auth_data":"61626364"`, `,"auth_data":"616263"`, `,"auth_data":"0102"`, `,"auth_data":"78"`, `,"auth_data":"6f6f"`)
				}
				if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				p.Truncated([]byte(tt.data))
			})
		}
		p.NoAllocations([]byte(tests[1].data))
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{Metadata: true},
		[]byte(greeting("8.0.36", "\xff\xff", "\xff", "\x02\x00", "\xff\xdf", "\x15", reserved10+salt2+"caching_sha2_password\x00")),
		[]byte(login("\x8d\xa6", "\x08\x00", "\xff", "\x00\x00\x00\x00", "root\x00\x02\x01\x02db\x00mysql_native_password\x00")),
		[]byte(login("\x85\xa6", "\x20\x00", "\x21", "\x00\x00\x00\x00", "u\x00\xfc\x03\x00abc")),
	)
}

// Package redis reads what Redis clients and servers send: commands and
// replies in version 2 of the Redis serialization protocol.
package redis

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Protocol describes Redis.
var Protocol = &proto.Protocol{
	Name: "Redis",
	Doc:  "Redis: commands and simple replies",
	Spec: "Redis serialization protocol specification (RESP2)",
	Selectors: map[string]string{
		"redis":          "Redis commands and simple replies",
		"redis.request":  "Redis commands",
		"redis.response": "Redis simple replies",
	},
	Messages: []proto.Kind{{
		Name:   "request",
		FDC:    "redis",
		Select: []string{"redis", "redis.request"},
		Match: []detect.Rule{
			{Layer: detect.TCP, Port: port, Side: detect.Destination},
			{Layer: detect.TCP, HomePort: port, Words: []string{"AUTH"}},
		},
		New: func(*proto.Options) proto.Message { return new(Request) },
	}, {
		Name:   "response",
		FDC:    "redis",
		Select: []string{"redis", "redis.response"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: port, Side: detect.Source}},
		New:    func(*proto.Options) proto.Message { return new(Response) },
	}},
	Records: []proto.Recognition{
		{Selector: "redis.request", With: "redis.request"},
		{Selector: "redis.response", With: "redis.response"},
	},
	Fields: []proto.Field{proto.O("redis", "a Redis command or reply",
		proto.O("request", "a command",
			proto.F("command", proto.Text, "its name"),
			proto.O("auth", "the arguments of AUTH",
				proto.F("username", proto.Text, "the user's name"),
				proto.F("password", proto.Text, "the password").Hidden())),
		proto.O("response", "a reply",
			proto.F("type", proto.String, "its type: simple_string, error, integer or bulk_string"),
			proto.F("data", proto.Text, "its value; at most 100 bytes of a bulk string"),
			proto.F("truncated", proto.Bool, "true where the data ends before the bulk string does")),
	)},
}

const port = 6379

// A bulkString is a string with its length before it. The nil string has no
// data; one that is cut off has what there is of it.
type bulkString struct {
	data      wire.Cursor
	truncated bool
}

// maxInteger is the largest number that is read as a length.
const maxInteger = 1<<31 - 1

// integer reads a number with an optional sign.
func integer(c *wire.Cursor) int {
	switch sign, _ := c.Peek(); sign {
	case '-':
		c.Skip(1)
		return -int(c.Decimal(maxInteger + 1))
	case '+':
		c.Skip(1)
	}
	return int(c.Decimal(maxInteger))
}

const (
	nilLength = -1             // stands in place of the length of the nil string
	maxBulk   = maxInteger - 2 // with CR LF, a length has 32 bits
)

// parseBulkString reads a bulk string and reports whether it is one. Nothing
// of the data is read where it is cut off.
func parseBulkString(c *wire.Cursor) (s bulkString, ok bool) {
	c.Accept("$")
	n := integer(c)
	c.Accept("\r\n")
	switch {
	case c.Failed() || n < nilLength || n > maxBulk:
		return s, false
	case n == nilLength:
		return s, true
	case c.Len()-2 >= n:
		s.data = c.Bytes(n)
		c.Accept("\r\n")
		return s, c.Ok()
	case n > 0:
		s.data, s.truncated = *c, true
		return s, true
	}
	return s, false
}

// Package http reads requests and responses of HTTP/1 (RFC 9112), and what
// looks like them.
//
// A message is taken as it comes: lines may end in what ends the first line,
// in CR LF or in LF, and names are whatever is before a colon.
package http

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// Protocol describes HTTP.
var Protocol = &proto.Protocol{
	Name: "HTTP",
	Doc:  "Hypertext Transfer Protocol, version 1 and the preface of version 2",
	Spec: "RFC 9110, RFC 9112",
	Selectors: map[string]string{
		"http":          "HTTP requests and responses",
		"http.request":  "HTTP requests",
		"http.response": "HTTP responses",
	},
	Messages: []proto.Kind{{
		Name:         "request",
		Select:       []string{"http", "http.request"},
		Match:        []detect.Rule{{Layer: detect.TCP, Words: methodWords}},
		Fingerprints: []npf.Type{npf.HTTP},
		New: func(o *proto.Options) proto.Message {
			return &Request{metadata: o.Metadata, deep: o.Deep, summary: summaryOf(o)}
		},
	}, {
		Name:         "response",
		Select:       []string{"http", "http.response"},
		Match:        []detect.Rule{{Layer: detect.TCP, Words: []string{"HTTP"}}},
		Fingerprints: []npf.Type{npf.HTTPServer},
		New: func(o *proto.Options) proto.Message {
			return &Response{metadata: o.Metadata, deep: o.Deep, summary: summaryOf(o)}
		},
	}},
	Framer: &proto.Framer{Frame: frame},
	Records: []proto.Recognition{
		{Selector: "http.request", With: "http.request"},
		{Selector: "http.request", With: "fingerprints.http"},
		{Selector: "http.response", With: "http.response"},
		{Selector: "http.response", With: "fingerprints.http_server"},
	},
	Fields: []proto.Field{proto.O("http", "an HTTP message", requestFields, responseFields)},
}

// methodWords are the first four bytes of requests, by the methods that IANA
// lists (Hypertext Transfer Protocol Method Registry).
var methodWords = []string{
	"ACL ", "BASE", "BIND", "CHEC", "CONN", "COPY", "DELE", "GET ", "HEAD", "LABE", "LINK", "LOCK",
	"MERG", "MKAC", "MKCA", "MKCO", "MKRE", "MKWO", "MOVE", "OPTI", "ORDE", "PATC", "POST", "PRI ",
	"PROP", "PUT ", "REBI", "REPO", "SEAR", "TRAC", "UNBI", "UNCH", "UNLI", "UNLO", "UPDA", "VERS",
}

var requestFields = proto.O("request", "a request",
	proto.F("method", proto.Text, "what is to be done").If("--metadata"),
	proto.F("uri", proto.Text, "what it is to be done to").Hidden().If("--metadata"),
	proto.F("protocol", proto.Text, "name and version of the protocol").If("--metadata"),
	proto.F("user_agent", proto.Text, "the first User-Agent field"),
	proto.F("host", proto.Text, "the first Host field").If("--metadata"),
	proto.F("x_forwarded_for", proto.Text, "the first X-Forwarded-For field").To(proto.Words).If("--metadata"),
	proto.F("via", proto.Text, "the first Via field").If("--metadata"),
	proto.F("upgrade", proto.Text, "the first Upgrade field").To(proto.Words).If("--metadata"),
	proto.F("referer", proto.Text, "the first Referer field").Hidden().If("--metadata"),
	authorizationFields,
	headersField,
	bodyField,
)

var authorizationFields = proto.O("authorization", "the first Authorization field, by its scheme",
	proto.O("basic", "the Basic scheme (RFC 7617)", proto.F("param", proto.Text, "user and password, decoded").Hidden()),
	proto.O("digest", "the Digest scheme (RFC 7616)", proto.F("param", proto.Text, "the parameters").Hidden()),
	proto.O("bearer", "the Bearer scheme (RFC 6750)",
		proto.F("header", proto.Text, "the header of a JSON web token (RFC 7519), decoded").Hidden(),
		proto.F("payload", proto.Text, "its payload, decoded").Hidden(),
		proto.F("signature", proto.Text, "its signature").Hidden(),
		proto.F("token", proto.Text, "the whole token, where it cannot be decoded").Hidden()),
	proto.O("unknown", "any other scheme", proto.F("param", proto.Text, "the parameters").Hidden()),
).If("--metadata")

var responseFields = proto.O("response", "a response",
	proto.F("version", proto.Text, "name and version of the protocol"),
	proto.F("status_code", proto.Text, "the status code").To(proto.Number),
	proto.F("status_reason", proto.Text, "the reason phrase"),
	proto.F("content_type", proto.Text, "the first Content-Type field"),
	proto.F("content_length", proto.Text, "the first Content-Length field").To(proto.Number),
	proto.F("server", proto.Text, "the first Server field"),
	proto.F("via", proto.Text, "the first Via field"),
	headersField,
	bodyField,
).If("--metadata")

var headersField = proto.A("headers", "the header fields, in their order",
	proto.F("name", proto.Text, "what is before the colon").Hidden(),
	proto.F("value", proto.Text, "what is behind it, without leading blanks").Hidden(),
	proto.F("delimiter", proto.Text, "what ends the line"),
).If("--metadata")

var bodyField = proto.F("body", proto.Hex, "the first 512 bytes behind the header").Hidden().If("--metadata")

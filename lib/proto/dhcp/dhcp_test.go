package dhcp

import (
	"fmt"
	"strings"
	"testing"

	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

const cookie = "\x63\x82\x53\x63"

// message is a message with the given options.
func message(options ...string) []byte {
	return []byte("\x01\x01\x06\x00" + strings.Repeat("\x55", 232) + cookie + strings.Join(options, ""))
}

func opt(tag byte, value string) string {
	return string([]byte{tag, byte(len(value))}) + value
}

var request = message(
	opt(tagMessageType, "\x03"), opt(tagClientID, "\x01\x00\x11\x22\x33\x44\x55"), opt(tagRequestedAddress, "\x0a\x00\x00\x01"),
	opt(tagHostname, "host"), opt(tagVendorClassID, "MSFT 5.0"), opt(tagParameterList, "\x01\x03\x06"), "\xff", "\x00\x00")

func TestRecord(t *testing.T) {
	short := prototest.New(t, Protocol, "message", proto.Options{})
	full := prototest.New(t, Protocol, "message", proto.Options{Metadata: true})
	other := func(tag, length int, value string) string {
		return fmt.Sprintf(`{"tag":%d,"length":%d,"value":"%s"}`, tag, length, value)
	}
	tests := []struct {
		name, options, short, full string
	}{
		{"message type", opt(53, "\x01"), `"msg_type":"discover"`, `{"msg_type":1}`},
		{"last message type", opt(53, "\x12"), `"msg_type":"tls"`, `{"msg_type":18}`},
		{"message type 0", opt(53, "\x00"), `"msg_type":"unknown"`, `{"msg_type":0}`},
		{"unknown message type", opt(53, "\x13"), `"msg_type":"unknown"`, `{"msg_type":19}`},
		{"empty message type", opt(53, ""), `"msg_type":"unknown"`, `{"msg_type":0}`},
		{"long message type", opt(53, "\x02\x03"), `"msg_type":"offer"`, `{"msg_type":2}`},
		{"twice", opt(53, "\x05") + opt(53, "\x06"), `"msg_type":"ack","msg_type":"nack"`, `{"msg_type":5},{"msg_type":6}`},
		{"requested address", opt(50, "\x0a\x00\x00\x01"), `"requested_address":"10.0.0.1"`, other(50, 4, "0a000001")},
		{"requested IPv6 address", opt(50, "\x20\x01"+strings.Repeat("\x00", 14)), `"requested_address":"2001::"`, other(50, 16, "2001"+strings.Repeat("00", 14))},
		{"requested address, wrong length", opt(50, "\x0a\x00\x00"), ``, other(50, 3, "0a0000")},
		{"hostname", opt(12, "h\xc3\xa9\"\x00"), `"hostname":"h\u00e9\"\u0000"`, `{"hostname":"h\u00e9\"\u0000"}`},
		{"empty hostname", opt(12, ""), ``, `{}`},
		{"vendor class", opt(60, "MSFT"), `"vendor_class_id":"MSFT"`, `{"vendor_class_id":"MSFT"}`},
		{"empty vendor class", opt(60, ""), ``, `{}`},
		{"lease time", opt(51, "\x00\x00\x0e\x10"), ``, `{"ip_address_lease_time":3600}`},
		{"lease time cut off", opt(51, "\x00\x0e\x10"), ``, `{"ip_address_lease_time":0}`},
		{"hardware address", opt(61, "\x01\x00\x11\x22\x33\x44\x55"), `"client_id":{"hw_type":"ethernet","address":"001122334455","oui":"unknown"}`, `{"hwtype":1,"client_id":"001122334455","oui":"unknown"}`},
		{"no hardware address", opt(61, "\x01"), `"client_id":{"hw_type":"ethernet","address":"","oui":"unknown"}`, `{"hwtype":1,"client_id":"","oui":"unknown"}`},
		{"other client", opt(61, "\x00abc"), `"client_id":{"hw_type":"reserved","hw_type_code":0}`, `{"hwtype":0,"client_id":"616263","oui":"unknown"}`},
		{"other hardware", opt(61, "\x07a"), `"client_id":{"hw_type":"Unknown","hw_type_code":7}`, `{"hwtype":7,"client_id":"61","oui":"unknown"}`},
		{"no client", opt(61, ""), `"client_id":{"hw_type":"reserved","hw_type_code":0}`, `{"hwtype":0,"client_id":"","oui":"unknown"}`},
		{"association", opt(61, "\xff\x00\x00\x00\x07\x00\x02\x00\x00\x01\x37ab"), `"client_id":{"hw_type":"identity_association","iaid":7,"enterprise_number":311,"identifier":"6162"}`, `{"hwtype":255,"client_id":"00000007000200000137` + `6162","oui":"unknown"}`},
		{"association, other identifier", opt(61, "\xff\x00\x00\x00\x07\x00\x01ab"), `"client_id":{"hw_type":"identity_association","iaid":7}`, `{"hwtype":255,"client_id":"0000000700016162","oui":"unknown"}`},
		{"association cut off", opt(61, "\xff\x00\x00\x00"), `"client_id":{"hw_type":"identity_association","iaid":0}`, `{"hwtype":255,"client_id":"000000","oui":"unknown"}`},
		{"enterprise cut off", opt(61, "\xff\x00\x00\x00\x07\x00\x02\x00"), `"client_id":{"hw_type":"identity_association","iaid":7,"enterprise_number":0,"identifier":""}`, `{"hwtype":255,"client_id":"00000007000200","oui":"unknown"}`},
		{"parameters", opt(55, "\x01\x03"), ``, other(55, 2, "0103")},
		{"cut off", "\x37\x05\x01\x03", ``, other(55, 5, "")},
		{"hostname cut off", "\x0c\x05abc", ``, `{}`},
		{"tag only", "\x37", ``, other(55, 0, "")},
		{"pad and end", "\x00\xff\x00", ``, `{"pad":"pad"},{"end":"end"},{"pad":"pad"}`},
		{"behind the end", "\xff" + opt(12, "x"), `"hostname":"x"`, `{"end":"end"},{"hostname":"x"}`},
	}
	for _, tt := range tests {
		data := message(tt.options)
		if got, want := short.Record(data), `"dhcp":{`+tt.short+`}`; got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
		if got, want := full.Record(data), `"dhcp":{"options":[`+tt.full+`]}`; got != want {
			t.Errorf("%s, in full:\n got %s\nwant %s", tt.name, got, want)
		}
	}
	short.Truncated(request)
	full.Truncated(request)
	short.NoAllocations(request)
	full.NoAllocations(request)
}

func TestNothing(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	whole := message("\xff")
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"no options", message()},
		{"half a cookie", whole[:238]},
		{"no cookie", whole[:236]},
		{"short header", whole[:100]},
		{"empty", nil},
		{"BOOTP", []byte(strings.Repeat("\x00", 300))},
	} {
		if got := p.Record(tt.data); got != "none" {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestFingerprint(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"request", request, "dhcp/((350103)(3d)(32)(0c)(3c)(3703010306)(ff))"},
		{"vendor class", message(opt(53, "\x03"), opt(124, "\x00\x00\x01\x37"), "\xff"), "dhcp/((350103)(7c0400000137)(ff))"},
		{"no type", message(opt(55, "\x01"), "\xff"), "dhcp/((370101)(ff))"},
		{"empty type", message(opt(53, ""), "\xff"), "dhcp/((3500)(ff))"},
		{"long type", message(opt(53, "\x03\x01"), "\xff"), "dhcp/((35020301)(ff))"},
		{"pad", message("\x00", opt(12, "x"), "\x00"), "dhcp/((0c))"},
		{"cut off", message(opt(53, "\x03"), "\x37\x09\x01"), "dhcp/((350103)(3709))"},
		{"tag only", message(opt(53, "\x03"), "\x37"), "dhcp/((350103)(3700))"},
		{"discover", message(opt(53, "\x01"), "\xff"), ""},
		{"ack", message(opt(53, "\x05"), "\xff"), ""},
		{"also an ack", message(opt(53, "\x03"), opt(53, "\x05")), ""},
	} {
		if got := p.Fingerprint(tt.data); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A fingerprint has at most npf.MaxLen characters.
func TestLongFingerprint(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	found := false
	for n := range 256 {
		data := message(opt(53, "\x03"), strings.Repeat(opt(124, strings.Repeat("\x00", 240)), 16), opt(124, strings.Repeat("\x00", n)))
		want := len("dhcp/()") + len("(350103)") + 16*(2*240+6) + 2*n + 6
		switch got := len(p.Fingerprint(data)); {
		case want <= npf.MaxLen && got != want:
			t.Errorf("%d characters, want %d", got, want)
		case want > npf.MaxLen && got != 0:
			t.Errorf("%d characters are too many", got)
		}
		found = found || want == npf.MaxLen
	}
	if !found {
		t.Error("the longest one was not tried")
	}
}

func TestMatch(t *testing.T) {
	var table detect.Table
	for _, r := range Protocol.Messages[0].Match {
		table.Add(1, r)
	}
	for _, tt := range []struct {
		src, dst uint16
		want     detect.Kind
	}{{68, 67, 1}, {67, 68, 1}, {1, 67, 1}, {67, 1, 0}, {68, 1, 0}} {
		if got := table.Find(nil, tt.src, tt.dst); got != tt.want {
			t.Errorf("%d to %d: %v", tt.src, tt.dst, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{}, request, message("\x00", opt(61, "\xff\x00\x00\x00\x07\x00\x02\x00\x00\x01\x37ab")))
}

// Package smb reads messages of the Server Message Block protocol, which file
// servers speak over TCP.
package smb

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Protocol describes SMB, versions 1 to 3.
var Protocol = &proto.Protocol{
	Name: "SMB",
	Doc:  "Server Message Block, versions 1, 2 and 3",
	Spec: "MS-CIFS, MS-SMB2",
	Messages: []proto.Kind{
		{
			Name:   "SMB1 message",
			FDC:    "smb1",
			Select: []string{"smb"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: protocolID, Value: "\x00\x00\x00\x00\xffSMB"}},
			New:    func(*proto.Options) proto.Message { return new(V1) },
		},
		{
			Name:   "SMB2 or SMB3 message",
			FDC:    "smb2",
			Select: []string{"smb"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: protocolID, Value: "\x00\x00\x00\x00\xfeSMB"}},
			New:    func(o *proto.Options) proto.Message { return &V2{features: o.Raw("smb")} },
		},
	},
	Framer: &proto.Framer{Frame: frame},
	Fields: []proto.Field{
		proto.O("smb1", "a message of SMB version 1", fieldsV1()...),
		proto.O("smb2", "a message of SMB version 2 or 3", fieldsV2...),
	},
}

// protocolID masks the protocol identifier, which comes after the length of
// the message.
const protocolID = "\x00\x00\x00\x00\xff\xff\xff\xff"

// lengthLen is the number of bytes of the length that precedes a message in
// TCP (MS-SMB2, section 2.1).
const lengthLen = 4

// frame finds a message and the length in front of it (MS-SMB2, section 2.1).
func frame(data wire.Cursor, f *proto.Frame) {
	const (
		port, portNetBIOS = 445, 139
		least             = lengthLen + 4
	)
	if data[0] != 0 {
		return
	}
	if len(data) < least {
		if f.On(port) || f.On(portNetBIOS) {
			f.Wait(least)
		}
		return
	}
	if id := data[lengthLen:]; id[0] >= 0xfc && id[1:].HasPrefix("SMB") {
		f.Prefixed(data, lengthLen+(int(data[1])<<16|int(data[2])<<8|int(data[3])))
	}
}

// skipLength passes over the length before a message. It counts for nothing:
// a message ends with its segment.
//
// Quirk Q98: a message ends with its segment.
func skipLength(c *wire.Cursor) { c.Skip(lengthLen) }

// flag is a bit of a flags field and the member that it is written as.
type flag struct {
	mask uint32
	name string
	doc  string
}

// Package bittorrent reads messages by which BitTorrent clients find each
// other: the handshake between peers, the distributed hash table and local
// service discovery.
package bittorrent

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
)

// Protocol describes BitTorrent.
var Protocol = &proto.Protocol{
	Name: "BitTorrent",
	Doc:  "BitTorrent peers, distributed hash table and local service discovery",
	Spec: "BEP 3, BEP 5, BEP 14",
	Messages: []proto.Kind{
		{
			Name:   "DHT message",
			FDC:    "bittorrent_dht",
			Select: []string{"bittorrent"},
			// A dictionary that begins with a key of one letter, a to s or
			// so, for which there is a dictionary with a key such as id.
			Match: []detect.Rule{{Layer: detect.UDP, Mask: "\xff\xff\xff\x8c\xff\xff\xff\xff", Value: "d1:\x00d2:i"}},
			New:   func(o *proto.Options) proto.Message { return &DHT{features: o.Raw("bittorrent")} },
		},
		{
			Name:   "local service discovery",
			FDC:    "bittorrent_lsd",
			Select: []string{"bittorrent"},
			Match:  []detect.Rule{{Layer: detect.UDP, Mask: all, Value: "BT-SEARC"}},
			New:    func(o *proto.Options) proto.Message { return &LSD{features: o.Raw("bittorrent")} },
		},
		{
			Name:   "handshake",
			FDC:    "bittorrent",
			Select: []string{"bittorrent"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: all, Value: "\x13BitTorr"}},
			New:    func(o *proto.Options) proto.Message { return &Handshake{features: o.Raw("bittorrent")} },
		},
	},
	Fields: []proto.Field{
		proto.O("bittorrent", "the handshake that begins a connection between peers",
			proto.F("extension_bytes", proto.Hex, "extensions that the peer supports"),
			proto.F("info_dict", proto.Hex, "SHA-1 of the torrent's info dictionary"),
			proto.F("peer_id", proto.Hex, "identifier of the peer"),
			proto.A("messages", "messages that follow in the same segment",
				proto.F("message_length", proto.Uint, "length in bytes, with the type"),
				proto.F("message_type", proto.String, "type"),
				proto.F("message", proto.Hex, "content")),
			features),
		proto.O("bittorrent_dht", "a message of the distributed hash table",
			proto.A("attributes", "members of the dictionary",
				proto.F("key", proto.Text, "key"),
				proto.F("value", proto.Text, "an integer, or a string of ASCII"),
				proto.F("value_hex", proto.Hex, "any other string"),
				proto.F("attributes", proto.Array, "elements of a list or members of a dictionary, as objects like this one").AndMore(),
				proto.F("unparsed_value_hex", proto.Hex, "the rest of the message where lists and dictionaries are nested too deep")),
			features),
		proto.O("bittorrent_lsd", "an announcement of local service discovery",
			proto.F("version", proto.Text, "version of HTTP"),
			proto.A("headers", "headers",
				proto.F("key", proto.Text, "name, with the colon"),
				proto.F("value", proto.Text, "value")),
			features),
	},
}

var features = proto.F("features", proto.String, "the message as nested lists").To(proto.Lists).If("--raw-features")

const all = "\xff\xff\xff\xff\xff\xff\xff\xff"

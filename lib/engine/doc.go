// Package engine finds the message in a packet and tells what it says: as a
// record, which is a line of JSON, or as a value of the message's own type,
// with its fingerprint and its analysis.
//
// An [Engine] is what a [Config] is made into. It is read-only, and safe for
// use by many goroutines. Each of them makes a [Worker] of its own, which
// holds all state: message values, flow tables, messages of which parts are
// missing. A Worker has no goroutine and no clock; time is that of the
// packets.
//
//	e, err := engine.New(engine.Config{Options: proto.Options{Metadata: true}})
//	...
//	w := e.NewWorker(fingerprintdb.NewHistory())
//	for each packet {
//		out = w.Packet(out[:0], packet.LinkEthernet, data, nanoseconds)
//	}
//
// Packets are read in place, and nothing is allocated for them: what a Worker
// returns is valid until it gets the next packet, and as long as the memory
// of the packet stays as it is.
//
// # Several workers
//
// Packets of a flow, in both directions, must go to the same Worker, in their
// order, unless [Worker.FlowUse] says that less will do. [packet.Headers.Hash] tells
// flows apart behind all tunnels. Then what workers say does not depend on how many
// there are, as long as no limit is reached, except for what needs to be known of other
// flows:
//
//   - whether an unlisted fingerprint was seen before (Config.Model),
//   - whether a nonce was sent by another host before (Config.Behavior).
//
// Both are in an [fingerprintdb.History]. Workers may share one; the answers then
// come in the order in which the workers ask. Where the order of packets is
// to count, workers get none: they leave such answers open, and the caller
// has a History resolve them in order (see [Deferred]).
//
// # Limits
//
// All state is bounded: per Worker, 131072 flows in each table of what was
// seen (Config.NonselectedTCPData, Config.NonselectedUDPData), 10000 messages
// in reassembly, 2000 with Config.MinimizeRAM, each of up to 8192 bytes in up
// to 20 parts within 15 seconds; tunnels are followed four deep; a record has
// up to [record.MaxLen] bytes. [Stats] counts what was given up. A parser
// that fails, which is an error in this program, costs its packet only.
//
// With Config.Deep there is more of it, also per Worker (in parentheses with
// Config.MinimizeRAM): 65536 directions of TCP connections (16384), of which
// 10000 (2000) hold up to 64 KiB each and 24 MiB together; 2048 QUIC connections
// (512) with 16 KiB of a hello each and 4 MiB (1 MiB) together, and 32 datagrams
// that came too early; 2048 directions of DTLS (512) with 4 MiB (1 MiB). A
// [packet.Reader] holds 4 MiB (1 MiB) of IP packets in fragments, for up to 30
// seconds.
//
// Config.Memory replaces these numbers by one of bytes for all state.
package engine

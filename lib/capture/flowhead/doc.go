// Package flowhead makes socket filters that keep the first packets of each
// flow, and let the kernel drop the rest before they are copied to a ring.
//
// Handshakes, and so fingerprints, are at the start of a flow; most of the
// traffic of a fast link is what comes after it. A filter keeps
//
//   - the first packets with payload of each direction of a TCP connection,
//     and its segments with SYN, FIN or RST. A SYN begins the count anew.
//   - the first packets of each direction of a QUIC connection. What begins
//     one is a long header of a version that is known (RFC 8999, section 5.1).
//   - everything else: other UDP, other protocols, fragments, extension
//     headers and tunnels, so nothing that is not understood is lost.
//
// The packets of flows are counted in a map of the kernel of fixed size. The
// flow that was seen least recently makes room for a new one; if it goes on,
// it counts as new.
//
// The filters are eBPF programs, so that they can have a memory. A classic
// filter can be made part of one; a socket has one program only.
package flowhead

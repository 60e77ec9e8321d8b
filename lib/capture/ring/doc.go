// Package ring captures packets from a network interface into memory that is
// shared with the kernel: AF_PACKET sockets with TPACKET_V3 rings. It needs
// Linux; elsewhere, Open returns an error.
//
// A [Group] has one or more rings, each with a socket of its own. The kernel
// divides flows among them by a hash that is the same for both directions of
// a flow. A ring is a circle of blocks. The kernel fills one after the other,
// and hands a block over when it is full or some milliseconds old; when all
// blocks are handed over and none given back, it drops packets and counts
// them. Nothing else is buffered, so memory never grows.
//
// Each [Ring] is a source of batches, where a batch is a part of one of its
// blocks as it is: packets are views into the ring, and valid as long as the
// reader has the block. Of the alternatives, gopacket/afpacket reads packet by
// packet, and each one's bytes are valid until the next is read only, so that
// what is made of a block's packets could not be written together without
// copying it. BenchmarkRead compares both. It also binds before there is a
// filter, and puts VLAN tags back by copying the packet.
package ring

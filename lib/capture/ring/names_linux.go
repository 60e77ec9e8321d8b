package ring

import (
	"encoding/binary"
	"slices"

	"merctools/lib/capture"
)

// names are those of the interfaces that packets of all interfaces came from. They
// are for the reader of a ring.
type names struct {
	list  []string // for Batch.Interfaces: nobody changes what is in it
	known map[uint32]*namedInterface
	last  *namedInterface
}

// A namedInterface is what is known of an interface.
type namedInterface struct {
	index  uint32 // of the kernel
	number uint16 // in the list
	asked  int64  // time of the packet for which the name was asked
}

const (
	// askAgain is after how many nanoseconds the name of an interface is asked
	// again, as it may have another one.
	askAgain = 1e9

	// maxNames is how many interfaces are known; those of containers come and go.
	maxNames = 4096
)

// nameInterfaces sets the interfaces of a batch of packets that have a header of
// LINUX_SLL2.
func (r *Ring) nameInterfaces(b *capture.Batch) {
	n := &r.names
	if n.known == nil || len(n.list) >= maxNames {
		*n = names{known: map[uint32]*namedInterface{}}
	}
	for i := range b.Packets {
		p := &b.Packets[i]
		index := binary.BigEndian.Uint32(b.Data[p.Off+4:])
		if n.last == nil || n.last.index != index || p.Time-n.last.asked > askAgain {
			r.askName(index, p.Time)
		}
		p.Interface = n.last.number
	}
	b.Interfaces = n.list
}

// askName makes an interface the last one that is known, and asks for its name
// unless that was done a moment ago. An interface that is gone keeps its name.
func (r *Ring) askName(index uint32, now int64) {
	n := &r.names
	e := n.known[index]
	n.last = e
	if e != nil && now-e.asked <= askAgain {
		return
	}
	name, ok := nameOf(r.sock.fd, int(index))
	if e == nil {
		e = &namedInterface{index: index, number: uint16(len(n.list))}
		n.known[index], n.last = e, e
		n.list = append(n.list, name) // behind the end of what batches have
	} else if ok && name != n.list[e.number] {
		n.list = slices.Clone(n.list)
		n.list[e.number] = name
	}
	e.asked = now
}

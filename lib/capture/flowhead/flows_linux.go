package flowhead

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// MaxFlows is how many directions of flows are counted at a time. The kernel
// takes about 60 MiB for them.
const MaxFlows = 1 << 19

// Flows are the flows of an interface, with the number of packets seen of
// each. Programs for several sockets share them.
type Flows struct {
	packets int
	flows   *ebpf.Map // key as in the program, number of packets as uint32
	dropped *ebpf.Map // a counter for each processor
	memory  *ebpf.Memory
}

// Open makes the maps for filters that keep the first packets of each
// direction of a flow. It needs the capabilities CAP_BPF or CAP_SYS_ADMIN.
func Open(packets int) (*Flows, error) {
	if packets < 1 {
		return nil, fmt.Errorf("%d is not a number of packets of at least 1", packets)
	}
	f, err := open(packets, MaxFlows)
	if err != nil {
		return nil, refused(err)
	}
	return f, nil
}

func open(packets, flows int) (f *Flows, err error) {
	// Kernels before 5.11 count maps as locked memory. Where the limit can't be
	// raised, they say so when a map is made. Package rlimit of ebpf would make
	// one to find out, each time that a command starts.
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	f = &Flows{packets: packets}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	f.flows, err = ebpf.NewMap(&ebpf.MapSpec{
		Name:       "flow_heads",
		Type:       ebpf.LRUHash,
		KeySize:    keySize,
		ValueSize:  4,
		MaxEntries: uint32(flows),
	})
	if err != nil {
		return f, err
	}
	f.dropped, err = ebpf.NewMap(&ebpf.MapSpec{
		Name:       "flow_dropped",
		Type:       ebpf.Array,
		KeySize:    4,
		ValueSize:  counters * counterSize,
		MaxEntries: 1,
		Flags:      unix.BPF_F_MMAPABLE,
	})
	if err != nil {
		return f, err
	}
	// Mapped memory can be read without privileges.
	f.memory, err = f.dropped.Memory()
	return f, err
}

// Program makes a filter for packets that begin with a frame. Where classic is
// not empty, it decides first, and how many bytes of a packet are captured;
// otherwise the whole packet is.
func (f *Flows) Program(frame Frame, classic []bpf.RawInstruction) (*ebpf.Program, error) {
	all, err := f.instructions(frame, classic)
	if err != nil {
		return nil, err
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name:         "flow_head",
		Type:         ebpf.SocketFilter,
		Instructions: all,
	})
	if err != nil {
		return nil, refused(err)
	}
	return p, nil
}

func (f *Flows) instructions(frame Frame, classic []bpf.RawInstruction) (asm.Instructions, error) {
	first, err := translate(classic)
	if err != nil {
		return nil, err
	}
	all := asm.Instructions{asm.Mov.Reg(context, asm.R1)}
	all = append(all, first...)
	all = append(all, head(frame, f.flows.FD(), f.dropped.FD(), int32(f.packets))...)
	return all, nil
}

// refused says in one line what the kernel said in many.
func refused(err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("counting flows in the kernel needs the capability CAP_BPF, as root has: %w", unix.EPERM)
	}
	var verifier *ebpf.VerifierError
	if errors.As(err, &verifier) && len(verifier.Log) > 0 {
		return fmt.Errorf("the kernel refuses the program that counts flows: %w: %s", verifier.Cause, verifier.Log[len(verifier.Log)-1])
	}
	return fmt.Errorf("the kernel refuses to count flows: %w", err)
}

// Dropped is how many packets were dropped because the head of their flow had
// passed. It can be called from any goroutine until Close.
func (f *Flows) Dropped() uint64 {
	var sum uint64
	var b [8]byte
	for i := range int64(counters) {
		// In range, so it can't fail.
		if _, err := f.memory.ReadAt(b[:], i*counterSize); err == nil {
			sum += binary.NativeEndian.Uint64(b[:])
		}
	}
	return sum
}

// Close frees the maps; programs that are attached keep them alive.
func (f *Flows) Close() {
	if f.flows != nil {
		f.flows.Close()
	}
	if f.dropped != nil {
		f.dropped.Close()
	}
}

package process

import (
	"cmp"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"merctools/lib/osinfo"
)

const (
	// keep is for how long a socket is remembered after it was last seen.
	keep = 2 * time.Minute
	// maxSockets is how many are remembered.
	maxSockets = 1 << 19
	// share is how much of the time may go into looking: 1 in share.
	share = 10
	// longest is the longest time that looking is taken to need.
	longest = time.Second / share
	// surroundings is how often the addresses of the host, the network
	// namespaces, and the sockets in other ones are looked up.
	surroundings = time.Second
	// tries is how often the process of a socket is looked for.
	tries = 4
)

// A Table knows the sockets of this host and who owns them. Any number of
// goroutines may use it.
type Table struct {
	mu         sync.Mutex
	diag       *diag // nil if there is no such thing
	sockets    map[Socket]*binding
	inodes     map[uint64]*inode
	local      map[netip.Addr]bool
	namespaces map[string]string // other ones: a directory with tables, by namespace
	around     time.Time         // when local and namespaces were looked up
	looked     time.Time         // when the tables were read
	took       time.Duration     // of a processor, for reading them

	systems  map[string]*osinfo.System // by mount namespace and root
	programs map[executable]*program
	denied   bool
}

// A binding is a socket's entry: who owns it, and when it was last there.
type binding struct {
	inode *inode
	seen  time.Time
}

type inode struct {
	process *process // nil if not known
	tries   int
	seen    time.Time
}

// NewTable returns a table that has read the sockets that there are now.
func NewTable() (*Table, error) {
	t := &Table{
		sockets:    make(map[Socket]*binding),
		inodes:     make(map[uint64]*inode),
		local:      make(map[netip.Addr]bool),
		namespaces: make(map[string]string),
		systems:    make(map[string]*osinfo.System),
		programs:   make(map[executable]*program),
	}
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		return nil, err
	}
	t.diag, _ = newDiag()
	t.Refresh()
	return t, nil
}

// Close gives back what the table needs to be refreshed. Nothing may be called
// after it.
func (t *Table) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.diag != nil {
		t.diag.close()
		t.diag = nil
	}
	for key, p := range t.programs {
		p.inspect()
		delete(t.programs, key)
	}
	for key, s := range t.systems {
		s.Close()
		delete(t.systems, key)
	}
}

// Watch reads the tables again and again, with a pause between one time and
// the next, until the channel is closed. However short the pause, looking
// takes about a tenth of the time of one processor at most, unless there are
// so many sockets that it would then look less than once a second.
func (t *Table) Watch(done <-chan struct{}, pause time.Duration) {
	for {
		select {
		case <-done:
			return
		case <-time.After(max(pause, (share-1)*t.cost())):
			t.Refresh()
		}
	}
}

func (t *Table) cost() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.took
}

// Denied says whether there are processes that can't be seen: those of other
// users, without the privileges of root.
func (t *Table) Denied() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.denied
}

// Find returns the process that owns a socket. If it isn't known, and the
// tables were not read just now, it reads them.
func (t *Table) Find(s Socket) (Process, bool) {
	p := t.lookup(s)
	if p == nil {
		return Process{}, false
	}
	return p.full(), true
}

func (t *Table) lookup(s Socket) *process {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.find(s)
	if p == nil && time.Since(t.looked) >= (share-1)*t.took {
		t.refresh()
		p = t.find(s)
	}
	return p
}

func (t *Table) find(s Socket) *process {
	if p := t.exact(s); p != nil {
		return p
	}
	// A server's own socket, or one for UDP that is for all peers.
	s.Remote = netip.AddrPortFrom(unspecified(s.Local.Addr()), 0)
	if p := t.exact(s); p != nil {
		return p
	}
	if !t.local[s.Local.Addr()] && !s.Local.Addr().IsLoopback() {
		return nil
	}
	port := s.Local.Port()
	for _, wild := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if wild.Is4() && !s.Local.Addr().Is4() {
			continue
		}
		p := t.exact(Socket{s.Protocol, netip.AddrPortFrom(wild, port), netip.AddrPortFrom(wild, 0)})
		if p != nil {
			return p
		}
	}
	return nil
}

func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

func (t *Table) exact(s Socket) *process {
	if b := t.sockets[s]; b != nil {
		return b.inode.process
	}
	return nil
}

// Refresh reads the tables.
func (t *Table) Refresh() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refresh()
}

func (t *Table) refresh() {
	// Only time in which a processor works counts: on a busy host reading
	// takes longer, and waiting even longer would not help anybody.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := worked()
	now := time.Now()
	others := now.Sub(t.around) >= surroundings
	if others {
		t.around = now
		t.lookAround()
	}
	unknown := false
	enter := func(s Socket, number uint64) { unknown = t.enter(s, number, now) || unknown }
	if t.diag == nil || t.diag.tcp(enter) != nil {
		readTables("/proc/self/net/", TCP, enter)
	}
	readTables("/proc/self/net/", UDP, enter)
	if others {
		for _, dir := range t.namespaces {
			readTables(dir, TCP, enter)
			readTables(dir, UDP, enter)
		}
	}
	if unknown {
		t.lookForOwners()
	}
	if others {
		t.forget(now)
	}
	t.looked = time.Now()
	t.took = min(worked()-begin, longest)
}

// worked is for how long a processor has worked for this thread.
func worked() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if syscall.Getrusage(thread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// readTables reads the sockets of a protocol in a network namespace. One whose
// directory is gone has none any more.
func readTables(dir string, protocol uint8, found func(Socket, uint64)) {
	names := [...]string{"tcp", "tcp6"}
	if protocol == UDP {
		names = [...]string{"udp", "udp6"}
	}
	for _, name := range names {
		if table, err := os.ReadFile(dir + name); err == nil {
			parseSockets(table, protocol, found)
		}
	}
}

// enter notes a socket and says whether its process is still to be found.
func (t *Table) enter(s Socket, number uint64, now time.Time) bool {
	i := t.inodes[number]
	if i == nil {
		i = &inode{}
		t.inodes[number] = i
	}
	i.seen = now
	b := t.sockets[s]
	if b == nil {
		b = &binding{}
		t.sockets[s] = b
	}
	b.seen = now
	if b.inode == nil || b.inode == i || i.process != nil || b.inode.seen != now {
		// Of several sockets with the same addresses one that has a process
		// counts.
		b.inode = i
	}
	return i.process == nil && i.tries < tries
}

// lookAround finds the addresses of this host and the network namespaces.
func (t *Table) lookAround() {
	clear(t.local)
	if addrs, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				if ip, ok := netip.AddrFromSlice(n.IP); ok {
					t.local[ip.Unmap()] = true
				}
			}
		}
	}
	clear(t.namespaces)
	own, _ := os.Readlink("/proc/self/ns/net")
	for _, pid := range processes() {
		dir := "/proc/" + pid
		ns, err := os.Readlink(dir + "/ns/net")
		if err == nil && ns != own && t.namespaces[ns] == "" {
			t.namespaces[ns] = dir + "/net/"
		}
	}
}

func processes() []string {
	d, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	pids := names[:0]
	for _, n := range names {
		if n[0] >= '0' && n[0] <= '9' {
			pids = append(pids, n)
		}
	}
	return pids
}

// lookForOwners goes through the file descriptors of processes until all
// sockets have a process. The newest processes come first: they are likely to
// have the newest sockets, and likely to be gone soon.
func (t *Table) lookForOwners() {
	missing := 0
	for _, i := range t.inodes {
		if i.process == nil {
			if i.tries++; i.tries <= tries {
				missing++
			}
		}
	}
	pids := processes()
	slices.SortFunc(pids, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(b, a))
	})
	for _, pid := range pids {
		if missing == 0 {
			return
		}
		missing -= t.lookInto(pid)
	}
}

// lookInto notes the sockets of a process and returns how many had
// none.
func (t *Table) lookInto(pid string) (found int) {
	fds := "/proc/" + pid + "/fd"
	d, err := os.Open(fds)
	if err != nil {
		t.denied = t.denied || errors.Is(err, fs.ErrPermission)
		return 0
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		t.denied = t.denied || errors.Is(err, fs.ErrPermission)
	}
	var p *process
	for _, fd := range names {
		i := t.inodes[socketOf(fds+"/"+fd)]
		if i == nil || i.process != nil {
			continue
		}
		if p == nil {
			if p = t.inspect(pid); p == nil {
				break
			}
		}
		i.process = p
		found++
	}
	return found
}

// socketOf is the inode of the socket that a file descriptor stands for; 0 if
// it is no socket.
func socketOf(fd string) uint64 {
	link, err := os.Readlink(fd)
	if err != nil {
		return 0
	}
	digits, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, "]"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// forget drops what was not seen for long.
func (t *Table) forget(now time.Time) {
	for age := keep; ; age /= 2 {
		for s, b := range t.sockets {
			if now.Sub(b.seen) > age {
				delete(t.sockets, s)
			}
		}
		for n, i := range t.inodes {
			if now.Sub(i.seen) > age {
				delete(t.inodes, n)
			}
		}
		if len(t.sockets) <= maxSockets || age < time.Second {
			return
		}
	}
}

package cli

import (
	"net"
	"os"
	"strconv"
	"time"

	"merctools/lib/capture/ring"
)

// manager is the service manager, with systemd's protocol (sd_notify(3)):
// datagrams of variables to a socket that is named in the environment. Without
// one, nothing is told.
type manager struct {
	conn  net.Conn
	every time.Duration // between signs of life; 0: none wanted
	last  time.Time
	looks []uint64 // of the rings at the last sign of life
}

func newManager(env *Env) *manager {
	m := &manager{last: time.Now()}
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return m
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		env.Notice("the service manager can't be told that all is well: " + err.Error())
		return m
	}
	m.conn = conn
	pid := os.Getenv("WATCHDOG_PID")
	if pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if usec, err := strconv.ParseUint(os.Getenv("WATCHDOG_USEC"), 10, 62); err == nil {
			m.every = time.Duration(usec) * time.Microsecond / 3
		}
	}
	return m
}

func (m *manager) tell(state string) {
	if m.conn != nil {
		_, _ = m.conn.Write([]byte(state)) // nobody to tell otherwise
	}
}

// watch gives a sign of life now and then, unless a ring was not looked at
// since the last one. It is to be called every second.
func (m *manager) watch(g *ring.Group) {
	if m.every == 0 || time.Since(m.last) < max(m.every, looksEvery) {
		return
	}
	alive := true
	for i, r := range g.Rings() {
		n := r.Looks()
		if i == len(m.looks) {
			m.looks = append(m.looks, n)
			continue
		}
		alive = alive && n != m.looks[i]
		m.looks[i] = n
	}
	m.last = time.Now()
	if alive {
		m.tell("WATCHDOG=1")
	}
}

// looksEvery is how often each ring is looked at, at least, and some.
const looksEvery = 2 * time.Second

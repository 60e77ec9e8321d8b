package cli

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"merctools/lib/capture/ring"
)

// manager is the service manager, with systemd's protocol (sd_notify(3)).
// Without one, nothing is told.
type manager struct {
	env   *Env
	every time.Duration // between signs of life; 0: none wanted
	last  time.Time
	looks []uint64 // of the rings at the last sign of life
	mute  bool     // the manager can't be told anything
}

func newManager(env *Env) *manager {
	m := &manager{env: env, last: time.Now()}
	timeout, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		env.Notice("can't send keep-alives to the service manager: " + err.Error())
	}
	m.every = timeout / 3
	return m
}

func (m *manager) tell(state string) {
	if m.mute {
		return
	}
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.mute = true
		m.env.Notice("can't notify the service manager: " + err.Error())
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
		m.tell(daemon.SdNotifyWatchdog)
	}
}

// looksEvery is how often each ring is looked at, at least, and some.
const looksEvery = 2 * time.Second

package cli

import "merctools/lib/output"

// upkeep rotates and reopens an output in a goroutine of its own. Either waits
// while the output is being written, and so for its reader; signals must not.
type upkeep struct {
	reopened chan struct{} // gets a value when a file was reopened

	reopens, rotates chan struct{} // one request each
	ended            chan struct{}
}

func newUpkeep(out *output.Output) *upkeep {
	u := &upkeep{
		reopened: make(chan struct{}, 1),
		reopens:  make(chan struct{}, 1),
		rotates:  make(chan struct{}, 1),
		ended:    make(chan struct{}),
	}
	go u.run(out)
	return u
}

// run does what is asked for. The output keeps errors for its end.
func (u *upkeep) run(out *output.Output) {
	for {
		select {
		case <-u.ended:
			return
		case <-u.rotates:
			out.RotateIfDue()
		case <-u.reopens:
			out.Reopen()
			ask(u.reopened)
		}
	}
}

func (u *upkeep) reopen() { ask(u.reopens) }

func (u *upkeep) rotate() { ask(u.rotates) }

func (u *upkeep) end() { close(u.ended) }

// ask asks for something, unless that was done and not answered yet.
func ask(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

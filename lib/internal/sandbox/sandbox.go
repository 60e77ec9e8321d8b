// Package sandbox takes from the process what it does not need, for good: a
// parser that an attacker has taken over can then read what it was given, write
// what it would have written, and nothing else.
//
// On Linux, as far as the kernel has it:
//
//   - no capability, and none to be had by running a program (no_new_privs),
//   - system calls only that reading, writing, memory and threads need, and
//     those that a [Policy] adds (seccomp); others fail with EPERM,
//   - no file but those below the paths of the Policy, and no port unless it
//     connects to other hosts (Landlock).
//
// Elsewhere nothing is done.
package sandbox

import (
	"fmt"
	"strings"
)

// A Policy says what a process still needs. The zero Policy is for a filter:
// it reads and writes what is open.
type Policy struct {
	// Read are files and directories that are opened for reading.
	Read []string
	// Write are directories in which files are made, written, renamed and
	// removed. What is already there may be read, too.
	Write []string
	// Trees are directories as Write has, in which directories are made as well,
	// and into which files are moved.
	Trees []string

	// Capture says that packets come from sockets, which may be bound to
	// another interface.
	Capture bool
	// Reopen says that such sockets are made anew.
	Reopen bool
	// Serve says that a listener accepts connections.
	Serve bool
	// Notify says that datagrams go to sockets of the file system.
	Notify bool
	// Connect says that connections to other hosts are made, and names looked up.
	Connect bool
	// Run says that programs are run, which need what they need: no more than
	// capabilities is taken then.
	Run bool
	// Inspect says that sockets of the system are listed, and who owns them.
	Inspect bool
	// Keep are capabilities that stay.
	Keep Capabilities
}

// Capabilities are a set of those of capabilities(7), a bit each.
type Capabilities uint64

// Those that a process may keep: to read and write files whoever owns them, to
// look at processes of others, to capture.
const (
	OverrideFiles  Capabilities = 1<<0 | 1<<1 | 1<<2 | 1<<3 // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
	ReadFiles      Capabilities = 1 << 2                    // DAC_READ_SEARCH
	InspectOthers  Capabilities = 1<<2 | 1<<19              // DAC_READ_SEARCH, SYS_PTRACE
	CapturePackets Capabilities = 1 << 13                   // NET_RAW
)

// files reports whether files are opened.
func (p *Policy) files() bool { return p.Connect || len(p.Read)+len(p.Write)+len(p.Trees) > 0 }

// A State says what is in force.
type State struct {
	NoNewPrivs bool
	Capless    bool // there are no capabilities but those that are kept
	Kept       bool // some are
	Calls      int  // system calls that are allowed; 0 without a filter
	Landlock   int  // version of the kernel's interface; 0 without it
	User       int  // the user's number
	Missing    []string
}

// String is one line.
func (s *State) String() string {
	var parts []string
	add := func(on bool, text string) {
		if on {
			parts = append(parts, text)
		}
	}
	add(s.NoNewPrivs, "no new privileges")
	add(s.Capless && !s.Kept, "no capabilities")
	add(s.Capless && s.Kept, "only capabilities that are needed")
	add(s.Calls > 0, fmt.Sprintf("%d system calls", s.Calls))
	add(s.Landlock > 0, fmt.Sprintf("Landlock %d", s.Landlock))
	if len(parts) == 0 {
		parts = append(parts, "nothing")
	}
	line := fmt.Sprintf("user %d, ", s.User) + strings.Join(parts, ", ")
	if len(s.Missing) > 0 {
		line += "; not to be had: " + strings.Join(s.Missing, ", ")
	}
	return line
}

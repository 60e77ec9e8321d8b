package cli

import (
	"errors"
	"os"
	"slices"
	"time"

	"merctools/lib/internal/sandbox"
	"merctools/lib/output"
)

// Needs says what a command still needs once it has begun.
type Needs struct {
	// Read are files and directories that are still to be opened.
	Read []string
	// Write are files that are still to be opened for writing; names of
	// standard output and empty ones don't count. Others may be made beside
	// them.
	Write []string
	// Remade says that their directories may be removed and made again.
	Remade bool

	// Trees are directories in which files and directories are made, and files are
	// moved from one to the other.
	Trees []string

	Connect bool // to other hosts
	Run     bool // programs, which need what they need
	Capture bool // from sockets
	Reopen  bool // such sockets are made anew
	Serve   bool // at a listener
	Inspect bool // processes and their sockets
}

// confined is called when the process is confined; tests look what it can do
// then.
var confined func(env *Env)

// SandboxFlags are the flags of commands that give up what they do not need.
type SandboxFlags struct {
	Sandbox bool `default:"true" negatable:"" group:"Running:" brief:"give up what is not needed" help:"after start-up, give up privileges, system calls and files that are not needed (default: on, where the kernel can do that)"`
}

// Confines reports whether Confine takes something from the process.
func (c *SandboxFlags) Confines(env *Env) bool { return env.process && c.Sandbox }

// Confine takes from the process what it does not need, unless --no-sandbox is
// given. If verbose is set it says what is in force.
func (c *SandboxFlags) Confine(env *Env, verbose bool, n Needs) {
	if !env.process {
		return // of tests
	}
	if !c.Sandbox {
		if verbose {
			env.Notice("sandbox: off")
		}
		return
	}
	p := sandbox.Policy{Read: n.Read, Trees: n.Trees, Connect: n.Connect, Run: n.Run, Capture: n.Capture, Reopen: n.Reopen, Serve: n.Serve, Inspect: n.Inspect, Notify: n.Capture && os.Getenv("NOTIFY_SOCKET") != ""}
	var written []string
	for _, name := range n.Write {
		if name != "" && !output.IsStdout(name) {
			written = append(written, name)
		}
	}
	if len(written)+len(n.Trees) > 0 {
		_, _ = time.Now().Zone() // reads the time zone, which names of files need
		p.Write = sandbox.WriteDirs(written, n.Remade)
	}
	var bounding error
	// What runs no program need not take 3 ms to forbid what one could have.
	if n.Run || n.Capture || !sandbox.Filters() {
		bounding = sandbox.DropBounding() // while the process may do that
	}
	if os.Getuid() == 0 {
		switch {
		case n.Inspect:
			p.Keep = sandbox.InspectOthers
		case n.Run: // what it runs may need root
		case sandbox.NeedsOverride(slices.Concat(p.Write, p.Trees)):
			p.Keep = sandbox.OverrideFiles
		case len(p.Read) > 0 && !n.Capture:
			p.Keep = sandbox.ReadFiles
		case len(p.Write)+len(p.Trees) == 0 && !n.Capture:
			_ = becomeNobody() // the state tells who the user is
		}
	}
	if n.Reopen {
		p.Keep |= sandbox.CapturePackets
	}
	state := sandbox.Enter(p)
	if bounding != nil {
		state.Missing = append(state.Missing, "an empty bounding set ("+bounding.Error()+")")
	}
	if verbose {
		env.Notice("sandbox: " + state.String())
	}
	if confined != nil {
		confined(env)
	}
}

// GiveUpRoot is DropPrivileges for a command that writes no files: where nobody
// is named, it becomes nobody.
func GiveUpRoot(name string) error {
	err := DropPrivileges(name)
	if !errors.Is(err, errStaysRoot) {
		return err
	}
	if err := sandbox.DropBounding(); err != nil {
		return err
	}
	return becomeNobody()
}

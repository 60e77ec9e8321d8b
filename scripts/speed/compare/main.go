//go:build unix

// Compare-speed runs mercury and another program that takes the same options
// on captures, in turn, and writes the CPU time, wall time and memory that
// each needs for them, and the ratios.
//
//	scripts/compare-speed -reference PROGRAM [FLAGS] CAPTURE... [-- OPTIONS]
//
// With -table it does so for each of several sets of options, and for each number
// of threads of -threads, and writes one table of all.
//
// Both are run as PROGRAM -r CAPTURE -f /dev/null OPTIONS. Of several runs the
// median counts, and of memory the largest. Files are read once before, so
// that all find them in memory.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	reference := flag.String("reference", "", "the program to compare with")
	ours := flag.String("ours", "", "the mercury of this project; built anew without this")
	runs := flag.Int("n", 5, "runs of each program with each capture")
	oursOnly := flag.String("ours-options", "", "more options for the mercury of this project only, such as -t1")
	referenceOnly := flag.String("reference-options", "", "more options for the other program only")
	all := flag.Bool("table", false, "compare with several sets of options and threads, and write one table")
	threads := flag.String("threads", "1,2", "with -table: numbers of threads of this project's mercury")
	resources := flag.String("resources", "", "with -table: the archive that both analyze with")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: compare-speed -reference PROGRAM [FLAGS] CAPTURE... [-- OPTIONS]")
		flag.PrintDefaults()
	}
	flag.Parse()
	captures, options := flag.Args(), []string(nil)
	if i := slices.Index(captures, "--"); i >= 0 {
		captures, options = captures[:i], captures[i+1:]
	}
	if *reference == "" || len(captures) == 0 || *runs < 1 {
		flag.Usage()
		os.Exit(2)
	}
	c := &comparison{
		reference: program{"reference", *reference, append(slices.Clone(options), strings.Fields(*referenceOnly)...)},
		ours:      program{"ours", *ours, append(slices.Clone(options), strings.Fields(*oursOnly)...)},
		runs:      *runs,
	}
	err := c.build()
	switch {
	case err != nil:
	case *all:
		var numbers []int
		if numbers, err = counts(*threads); err == nil {
			err = table(os.Stdout, c, captures, optionSets(*resources), numbers)
		}
	default:
		err = compare(os.Stdout, c, captures)
	}
	c.clean()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare-speed:", err)
		os.Exit(1)
	}
}

type comparison struct {
	reference, ours program
	runs            int
	dir             string // of a mercury that was built
}

// counts reads numbers with commas between them.
func counts(list string) ([]int, error) {
	var numbers []int
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-threads %s: %q is no number of threads", list, text)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// build builds this project's mercury where none is named.
func (c *comparison) build() (err error) {
	if c.ours.path != "" {
		return nil
	}
	if c.dir, err = os.MkdirTemp("", "compare-speed"); err != nil {
		return err
	}
	c.ours.path = filepath.Join(c.dir, "mercury")
	build := exec.Command("go", "build", "-o", c.ours.path, "merctools/cmd/mercury")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}

// clean removes what build made.
func (c *comparison) clean() {
	if c.dir != "" {
		os.RemoveAll(c.dir)
	}
}

type program struct {
	name, path string
	options    []string
}

// usage is what a program needed.
type usage struct {
	user, system, wall time.Duration
	memory             int64 // bytes, at most at a time
}

func (u usage) cpu() time.Duration { return u.user + u.system }

func compare(out io.Writer, c *comparison, captures []string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "capture\tMB\tprogram\tCPU s\tuser s\tsystem s\twall s\tmemory MB\tMB/CPU s\t")
	for _, capture := range captures {
		size, err := warm(capture)
		if err != nil {
			return err
		}
		results := map[string][]usage{}
		for range c.runs {
			for _, p := range []*program{&c.reference, &c.ours} {
				u, err := p.run(capture)
				if err != nil {
					return err
				}
				results[p.name] = append(results[p.name], u)
			}
		}
		reference, ours := typical(results[c.reference.name]), typical(results[c.ours.name])
		mb := float64(size) / 1e6
		name := filepath.Base(capture)
		for _, r := range []struct {
			program string
			usage
		}{{c.reference.name, reference}, {c.ours.name, ours}} {
			fmt.Fprintf(w, "%s\t%.1f\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.1f\t%.1f\t\n", name, mb, r.program,
				r.cpu().Seconds(), r.user.Seconds(), r.system.Seconds(), r.wall.Seconds(), float64(r.memory)/1e6, mb/r.cpu().Seconds())
		}
		fmt.Fprintf(w, "%s\t\tours / reference\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t\t\n", name,
			ratio(ours.cpu(), reference.cpu()), ratio(ours.user, reference.user), ratio(ours.system, reference.system),
			ratio(ours.wall, reference.wall), float64(ours.memory)/float64(reference.memory))
	}
	return w.Flush()
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// warm reads a file, so that it is in memory, and returns its size.
func warm(name string) (int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(io.Discard, f)
}

func (p *program) run(capture string) (usage, error) {
	cmd := exec.Command(p.path, append([]string{"-r", capture, "-f", os.DevNull}, p.options...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		return usage{}, errors.Join(fmt.Errorf("%s: %w", cmd, err), errors.New(strings.TrimSpace(stderr.String())))
	}
	r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return usage{}, errors.New("this system does not tell what a process used")
	}
	memory := int64(r.Maxrss)
	if runtime.GOOS != "darwin" { // where it is in bytes
		memory *= 1024
	}
	return usage{cmd.ProcessState.UserTime(), cmd.ProcessState.SystemTime(), wall, memory}, nil
}

// typical takes the run with the median of the CPU times, the median of the
// wall times, and the most memory.
func typical(runs []usage) usage {
	byCPU := slices.SortedFunc(slices.Values(runs), func(a, b usage) int { return int(a.cpu() - b.cpu()) })
	u := byCPU[len(byCPU)/2]
	byWall := slices.SortedFunc(slices.Values(runs), func(a, b usage) int { return int(a.wall - b.wall) })
	u.wall = byWall[len(byWall)/2].wall
	for _, r := range runs {
		u.memory = max(u.memory, r.memory)
	}
	return u
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"merctools/lib/cli"
	"merctools/lib/process"
)

// look looks at the sockets of this host, in this process.
func (c *labelCommand) look(env *cli.Env) (find func(process.Socket) (process.Process, bool), stop func() error, err error) {
	table, err := process.NewTable()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { table.Watch(done, c.Poll) })
	stop = func() error {
		close(done)
		watching.Wait()
		if table.Denied() {
			fmt.Fprintln(env.Stderr, "merc-analyze label: processes of other users could not be seen; root can")
		}
		table.Close()
		return nil
	}
	return table.Find, stop, nil
}

// lookApart has another process look at the sockets. What it takes to see the
// processes of others is then not in the hands of the one that reads records.
func (c *labelCommand) lookApart(env *cli.Env) (find func(process.Socket) (process.Process, bool), stop func() error, err error) {
	const self = "/proc/self/exe"
	args := []string{"label", "--answer", "--poll=" + c.Poll.String()}
	if c.Verbose {
		args = append(args, "--verbose")
	}
	other := exec.Command(self, args...)
	other.Args[0] = "merc-analyze"
	other.Stderr = env.Stderr
	questions, err := other.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	answers, err := other.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := other.Start(); err != nil {
		return nil, nil, err
	}
	table, err := process.NewRemote(questions, answers)
	if err != nil {
		return nil, nil, errors.Join(errors.New("sockets can't be looked at"), other.Wait())
	}
	stop = func() error {
		err := table.Err()
		questions.Close()
		// It says what it could not see, and ends. To wait for processes is
		// nothing that this one may do any more.
		_, _ = io.Copy(io.Discard, answers)
		if err != nil {
			return fmt.Errorf("the process that looks at sockets has ended: %w", err)
		}
		return nil
	}
	return table.Find, stop, nil
}

// answer is what that process does. It ends with the one that asks: signals are
// for that, which may read on for a moment.
func (c *labelCommand) answer(env *cli.Env) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	find, stop, err := c.look(env)
	if err != nil {
		return err
	}
	env.Name += ", sockets"
	c.Confine(env, c.Verbose, cli.Needs{Inspect: true})
	return errors.Join(process.Answer(env.Stdin, env.Stdout, find), stop())
}

//go:build unix

package cli

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// A storm of signals does not keep what is being prepared from ending, and the
// first ones are left for the Session.
func TestPrepareInStorm(t *testing.T) {
	for range 100 {
		s := Signals{c: make(chan os.Signal, 16)}
		done := make(chan error)
		go func() {
			done <- s.Prepare(func() error {
				s.c <- syscall.SIGUSR1
				for range 200 {
					select {
					case s.c <- syscall.SIGHUP:
					default: // as the runtime does
					}
				}
				return nil
			})
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
		}
		for sig := range s.c {
			if sig == syscall.SIGUSR1 {
				break
			}
		}
	}
}

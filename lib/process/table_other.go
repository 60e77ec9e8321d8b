//go:build !linux

package process

import "time"

// A Table knows no sockets on this system.
type Table struct{}

// NewTable returns ErrUnsupported.
func NewTable() (*Table, error) { return nil, ErrUnsupported }

// Watch does nothing.
func (t *Table) Watch(done <-chan struct{}, pause time.Duration) {}

// Refresh does nothing.
func (t *Table) Refresh() {}

// Denied returns false.
func (t *Table) Denied() bool { return false }

// Find finds nothing.
func (t *Table) Find(Socket) (Process, bool) { return Process{}, false }

// Close does nothing.
func (t *Table) Close() {}

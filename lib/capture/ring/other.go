//go:build !linux

package ring

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"merctools/lib/capture"
)

var errSystem = fmt.Errorf("capturing on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// A Group is a set of rings that share the packets of an interface. There is
// none on this system.
type Group struct{}

// Open returns an error that wraps errors.ErrUnsupported.
func Open(Config) (*Group, error) { return nil, errSystem }

// Rings returns none.
func (g *Group) Rings() []*Ring { return nil }

// LinkType returns nothing.
func (g *Group) LinkType() (linkType uint16, known bool) { return 0, false }

// Memory returns 0.
func (g *Group) Memory() int64 { return 0 }

// Stats returns none.
func (g *Group) Stats() []Stats { return nil }

// BeyondHead returns nothing.
func (g *Group) BeyondHead() (packets uint64, on bool) { return 0, false }

// Stop does nothing.
func (g *Group) Stop() {}

// Close does nothing.
func (g *Group) Close() {}

// A Ring is a source of packets. There is none on this system.
type Ring struct{}

// ReadBatch returns io.EOF.
func (r *Ring) ReadBatch(*capture.Batch) error { return io.EOF }

// Looks returns 0.
func (r *Ring) Looks() uint64 { return 0 }

// Interfaces returns an error that wraps errors.ErrUnsupported.
func Interfaces() ([]Interface, error) { return nil, errSystem }

func physicalMemory() int64 { return 0 }

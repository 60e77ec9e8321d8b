package cli

import (
	"errors"
	"testing"
	"time"
)

func TestPeriodic(t *testing.T) {
	early, late := errors.New("early"), errors.New("late")
	called := make(chan struct{}, 1)
	ends := 0
	p := Repeat(time.Millisecond, func(last bool) error {
		if last {
			ends++
			return late
		}
		select {
		case called <- struct{}{}:
		default:
		}
		return early
	})
	for range 3 {
		<-called
	}
	for range 2 {
		if err := p.End(); !errors.Is(err, early) || !errors.Is(err, late) || ends != 1 {
			t.Errorf("error %v, the last call came %d times", err, ends)
		}
	}
}

func TestPeriodicAtEndOnly(t *testing.T) {
	n := 0
	p := Repeat(0, func(last bool) error {
		if n++; !last {
			t.Error("called before the end")
		}
		return nil
	})
	time.Sleep(10 * time.Millisecond)
	if err := p.End(); err != nil || n != 1 {
		t.Errorf("%d calls, %v", n, err)
	}
}

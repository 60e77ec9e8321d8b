package cli

import (
	"errors"
	"math"
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/proto"
)

func TestDivide(t *testing.T) {
	deep := engine.Config{Options: proto.Options{Reassembly: true, Deep: true}}
	for _, tt := range []struct {
		memory                      Size
		cfg                         engine.Config
		workers                     int
		analysis, statistics, paper bool
		want                        Budget
		err                         string
	}{
		{0, deep, 4, true, true, true, Budget{}, ""},
		{64 << 20, engine.Config{}, 1, false, false, false, Budget{Worker: 64 << 20}, ""},
		{64 << 20, deep, 4, false, false, false, Budget{Worker: 16 << 20}, ""},
		{64 << 20, deep, 1, true, true, true, Budget{Worker: 24<<20 - 24<<20/16, History: 24 << 20 / 16, Statistics: 24 << 20, Report: 16 << 20}, ""},
		{1 << 30, deep, 1, false, false, true, Budget{Worker: 1<<30 - 64<<20, Report: 64 << 20}, ""},
		{1 << 20, deep, 1, false, false, false, Budget{}, "4M that 1 threads need"},
		{16 << 20, deep, 8, false, false, false, Budget{}, "29M that 8 threads need"},
		{20 << 20, deep, 4, true, true, true, Budget{}, "that 4 threads need"},
	} {
		f := MemoryFlags{tt.memory}
		got, err := f.Divide(&tt.cfg, tt.workers, tt.analysis, tt.statistics, tt.paper)
		var usage *UsageError
		switch {
		case tt.err == "" && (err != nil || got != tt.want):
			t.Errorf("%+v: %+v, %v", tt, got, err)
		case tt.err != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%+v: %v", tt, err)
		}
		if err == nil && tt.memory > 0 {
			cfg := tt.cfg
			cfg.Memory = got.Worker
			if _, err := engine.New(cfg); err != nil {
				t.Errorf("%+v: %v", tt, err)
			}
			if sum := got.Worker*tt.workers + got.History + got.Statistics + got.Report; sum > int(tt.memory) {
				t.Errorf("%+v: %d in all", tt, sum)
			}
		}
	}
}

// More memory than the host has is all that it has: tables of more would end the
// program.
func TestDivideTooMuch(t *testing.T) {
	cfg := engine.Config{Options: proto.Options{Reassembly: true, Deep: true}}
	for _, memory := range []Size{1 << 40, math.MaxInt64} {
		f := MemoryFlags{memory}
		got, err := f.Divide(&cfg, 2, true, true, true)
		if sum := Size(2*got.Worker + got.History + got.Statistics + got.Report); err != nil || sum > mostMemory() {
			t.Errorf("%d: %+v, %v", memory, got, err)
		}
	}
}

// What an error says is enough.
func TestDivideSaysEnough(t *testing.T) {
	cfg := engine.Config{Options: proto.Options{Reassembly: true, Deep: true}}
	for _, workers := range []int{1, 3, 16} {
		for _, with := range []struct{ analysis, statistics, paper bool }{{}, {true, false, false}, {true, true, false}, {true, true, true}, {false, false, true}} {
			f := MemoryFlags{1}
			_, err := f.Divide(&cfg, workers, with.analysis, with.statistics, with.paper)
			if err == nil {
				t.Fatal("a byte is enough")
			}
			_, text, _ := strings.Cut(err.Error(), "less than the ")
			text, _, _ = strings.Cut(text, " ")
			if err := f.Memory.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Divide(&cfg, workers, with.analysis, with.statistics, with.paper); err != nil {
				t.Errorf("%d, %+v: %v", workers, with, err)
			}
		}
	}
}

//go:build cgo

package main

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A registry numbers values from 1 on, for code that can't have pointers to
// them. It is read without a lock.
type registry[T any] struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*T] // by number less 1; never written to
}

// add returns the number of a value.
func (r *registry[T]) add(v *T) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*T
	if old := r.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	i := slices.Index(list, nil)
	if i < 0 {
		i = len(list)
		list = append(list, nil)
	}
	list[i] = v
	r.list.Store(&list)
	return uint32(i + 1)
}

// get returns the value with a number that add returned. It panics where that
// was removed.
func (r *registry[T]) get(number uint32) *T {
	v := (*r.list.Load())[number-1]
	if v == nil {
		panic("it is used after it was given up")
	}
	return v
}

// remove forgets a value.
func (r *registry[T]) remove(number uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(*r.list.Load())
	list[number-1] = nil
	r.list.Store(&list)
}

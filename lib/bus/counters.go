package bus

import "sync/atomic"

// Counters are what a command has done so far.
type Counters struct {
	Records   atomic.Uint64 // lines published, written, or stored
	Bytes     atomic.Uint64 // of these lines
	Messages  atomic.Uint64 // that had them
	Retries   atomic.Uint64 // messages or batches sent again
	Duplicate atomic.Uint64 // messages that the queue, or the store, had already
	Again     atomic.Uint64 // messages delivered again
	Rejected  atomic.Uint64 // records or messages left out
	Mixed     atomic.Uint64 // records in a file of many hours
	Waiting   atomic.Int64  // messages under way: read, and not acknowledged

	SpoolFiles atomic.Int64 // finished files that are not published
	SpoolBytes atomic.Int64 // of these files
}

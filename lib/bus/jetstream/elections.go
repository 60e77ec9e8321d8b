package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// electionTimeout is how long a cluster may be without a leader, or with too few
// servers for a stream's replicas, before that is an error.
const electionTimeout = time.Minute

// Codes of API errors that go away when a cluster has settled.
const (
	clusterNoPeers   = 10005 // JSClusterNoPeersErr
	clusterNotAvail  = 10008 // JSClusterNotAvailErr
	clusterNotLeader = 10009 // JSClusterNotLeaderErr
)

// outlast repeats a request of the API as long as the cluster is without a leader:
// when it has just begun, or has lost a server. A request that is not answered in
// time may have been carried out all the same.
func (c *Config) outlast(ctx context.Context, request func() error) error {
	limit := time.Now().Add(electionTimeout)
	return c.Retry(ctx, func(err error) bool { return unsettled(err) && (c.Wait || time.Now().Before(limit)) }, request)
}

// unsettled reports whether an error may be gone when a cluster has a leader. A
// cluster without one does not answer.
func unsettled(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case clusterNoPeers, clusterNotAvail, clusterNotLeader:
			return true
		}
		return false
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders)
}

package bus

import (
	"context"
	"fmt"
	"time"
)

// A Client is what the configuration of any engine says of who uses it.
type Client struct {
	Command string       // the name of the connection
	Notice  func(string) // gets messages of one line; on any goroutine; may be nil
	Wait    bool         // for a server that can't be reached yet
}

// Noticef gives a notice.
func (c *Client) Noticef(format string, args ...any) {
	if c.Notice != nil {
		c.Notice(fmt.Sprintf(format, args...))
	}
}

// retryEvery is how long after a failure to try again.
const retryEvery = time.Second

// Retry calls try until it succeeds, ctx is done, or its error is one that
// another try does not help against. It gives notice of the first error.
func (c *Client) Retry(ctx context.Context, helps func(error) bool, try func() error) error {
	for first := true; ; first = false {
		err := try()
		if err == nil || ctx.Err() != nil || !helps(err) {
			return err
		}
		if first {
			c.Noticef("%v: trying again", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryEvery):
		}
	}
}

// Waits reports whether to try again to reach a server, after any error.
func (c *Client) Waits(error) bool { return c.Wait }

// A Queue makes the two ends of a queue.
type Queue interface {
	// NewPublisher connects to the queue, which it makes if there is none.
	NewPublisher(context.Context, *Counters) (Publisher, error)

	// NewConsumer connects to the queue, as a member of the group that its URL
	// names, or else of the given one. It makes the queue if there is none. With
	// order, the messages of a partition come in their order, however many
	// members the group has. Pending messages at most may wait to be
	// acknowledged.
	NewConsumer(ctx context.Context, group string, order bool, pending int) (Consumer, error)

	// Files are the names of those that are read again with each connection.
	Files() []string
}

package kafka

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"merctools/lib/bus"
	"merctools/lib/bus/bustest"
)

// broker returns the address of a broker in this process.
func broker(t testing.TB, options ...kfake.Opt) (string, *kfake.Cluster) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0], c
}

func parse(t testing.TB, address, name string) *Config {
	t.Helper()
	u, err := bus.ParseURL("kafka://" + address + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c.Command = "test"
	c.Notice = func(text string) { t.Log(text) }
	return c
}

func put(t testing.TB, c *Config, all []string, most int) *bus.Counters {
	t.Helper()
	var counters bus.Counters
	p, err := c.NewPublisher(t.Context(), &counters)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := bus.NewWriter(t.Context(), bus.Config{Publisher: p, Compress: most != 1, Lines: most, Size: 4096, Counters: &counters})
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("a")
	if err := w.Add([]byte(strings.Join(all, ""))); err != nil {
		t.Fatal(err)
	}
	w.End(func(error) {})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &counters
}

func get(t testing.TB, c *Config, group string) []string {
	t.Helper()
	k, err := c.NewConsumer(t.Context(), group, false, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	got, _ := bustest.Get(t, k)
	return got
}

func roundTrip(t *testing.T, address, topic string) {
	c := parse(t, address, topic+"?partitions=5&replicas=1")
	all := bustest.Lines(5000)
	put(t, c, all, 0)
	bustest.Same(t, get(t, c, topic), all)
	put(t, c, all[:100], 1)
	bustest.Same(t, get(t, c, topic), all[:100])
}

func TestPutGet(t *testing.T) {
	address, _ := broker(t)
	roundTrip(t, address, "r")
}

// TestRealBroker does the same with a broker that runs elsewhere.
func TestRealBroker(t *testing.T) {
	address := os.Getenv("MERC_KAFKA")
	if address == "" {
		t.Skip("MERC_KAFKA does not name a broker (HOST:PORT)")
	}
	roundTrip(t, address, fmt.Sprintf("merc-bus-test-%d", time.Now().UnixNano()))
}

// Brokers that fail now and then lose nothing, and store nothing twice.
func TestBrokerFails(t *testing.T) {
	address, cluster := broker(t)
	var n atomic.Int64
	cluster.ControlKey(kmsg.Produce.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		switch n.Add(1) % 4 {
		case 1:
			return nil, fmt.Errorf("connection lost"), true
		case 2:
			response := request.ResponseKind().(*kmsg.ProduceResponse)
			for _, topic := range request.(*kmsg.ProduceRequest).Topics {
				rt := kmsg.NewProduceResponseTopic()
				rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
				for _, p := range topic.Partitions {
					rp := kmsg.NewProduceResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, kerr.NotEnoughReplicas.Code
					rt.Partitions = append(rt.Partitions, rp)
				}
				response.Topics = append(response.Topics, rt)
			}
			return response, nil, true
		}
		return nil, nil, false
	})
	c := parse(t, address, "r?partitions=4")
	all := bustest.Lines(3000)
	var retries uint64
	for some := range slices.Chunk(all, 1000) {
		retries += put(t, c, some, 0).Retries.Load()
	}
	if n.Load() < 7 || retries == 0 {
		t.Errorf("%d requests, %d retries: the test does not test", n.Load(), retries)
	}
	bustest.Same(t, get(t, c, "g"), all)
}

// What a member did not acknowledge goes to another one, and so does what comes
// behind it.
func TestNotAcknowledged(t *testing.T) {
	address, _ := broker(t)
	c := parse(t, address, "r?partitions=1")
	all := bustest.Lines(2000)
	put(t, c, all, 0)
	k, err := c.NewConsumer(t.Context(), "g", false, 64)
	if err != nil {
		t.Fatal(err)
	}
	var first []*bus.Delivery
	for range 4 {
		d, err := k.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, d)
	}
	for _, i := range []int{1, 0, 3} { // 2 is missing
		first[i].Ack()
	}
	if lag, err := k.Lag(t.Context()); err != nil || lag < 10 {
		t.Errorf("lag %d, %v", lag, err)
	}
	k.Close()
	d, err := bus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var before []byte
	for _, m := range first[:2] {
		if before, err = d.AppendLines(before, &m.Message); err != nil {
			t.Fatal(err)
		}
	}
	bustest.Same(t, append(slices.Collect(strings.Lines(string(before))), get(t, c, "g")...), all)
}

// A Consumer hands out no more messages than may wait.
func TestPending(t *testing.T) {
	address, _ := broker(t)
	c := parse(t, address, "r?partitions=2")
	put(t, c, bustest.Lines(2000), 0)
	k, err := c.NewConsumer(t.Context(), "g", false, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	var held []*bus.Delivery
	for range 3 {
		d, err := k.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := k.Next(ctx); err == nil {
		t.Error("a fourth message")
	}
	held[0].Ack()
	if _, err := k.Next(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSASL(t *testing.T) {
	address, _ := broker(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "u", "p"))
	for url, want := range map[string]bool{
		"kafka://u:p@" + address + "/r?sasl=scram-sha-256": true,
		"kafka://u:x@" + address + "/r?sasl=scram-sha-256": false,
	} {
		u, err := bus.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.NewPublisher(t.Context(), new(bus.Counters))
		if (err == nil) != want {
			t.Errorf("%s: %v", u, err)
		}
		if err == nil {
			p.Close()
		}
	}
}

func TestParse(t *testing.T) {
	bustest.Refused(t, Parse, map[string]string{
		"kafka://a/x?sasl=gssapi":      "sasl is plain",
		"kafka://a/x?compression=lzma": "compression is none or zstd",
		"kafka://a/x?partitions=0":     "partitions=0",
		"kafka://a/x?ca=/nowhere":      "/nowhere",
		"kafka://a/x?storage=memory":   "unknown option storage",
	})
}

package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A table is a Store in memory.
type table struct {
	added, stored strings.Builder
	commits       int
	err           error
}

func (s *table) Add(_ string, rows []byte) error {
	s.added.Write(rows)
	return nil
}

func (s *table) Size() int64 { return int64(s.added.Len()) }

func (s *table) Commit(ctx context.Context) (int, int, error) {
	if s.err != nil {
		return 0, 0, s.err
	}
	s.commits++
	s.stored.WriteString(s.added.String())
	s.added.Reset()
	return 1, 2, ctx.Err()
}

func (s *table) Close() {}

func sink(in Consumer, store Store) *Sink {
	return &Sink{In: in, Store: store, Size: 10000, Messages: 100, Every: time.Hour, Once: true, Counters: new(Counters), Notice: func(string) {}}
}

// Every line becomes a row that says where it comes from.
func TestSink(t *testing.T) {
	lines := records(1000, 10)
	in, store := newQueue(lines, 30), &table{}
	s := sink(in, store)
	if err := s.Run(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
	i := 0
	for row := range strings.Lines(store.stored.String()) {
		var own struct {
			ID   string `json:"_id"`
			Line int    `json:"_line"`
		}
		want := fmt.Sprintf(`,"_sensor":"",%s`, lines[i][1:])
		if err := json.Unmarshal([]byte(row), &own); err != nil || own.ID != fmt.Sprint("m", i/30) || own.Line != i%30 || !strings.HasSuffix(row, want) {
			t.Fatalf("row %d: %s, %v", i, row, err)
		}
		i++
	}
	n := s.Counters
	if i != 1000 || in.acks != 34 || store.commits < 10 || n.Waiting.Load() != 0 || n.Messages.Load() != 34 {
		t.Errorf("%d rows, %d messages acknowledged, %d commits, %d messages under way", i, in.acks, store.commits, n.Waiting.Load())
	}
	if c := uint64(store.commits); n.Rejected.Load() != c || n.Duplicate.Load() != 2*c || n.Records.Load() != 1000-c {
		t.Errorf("%d rows left out, %d messages there already, %d records", n.Rejected.Load(), n.Duplicate.Load(), n.Records.Load())
	}
}

// What is not stored is not acknowledged.
func TestSinkFails(t *testing.T) {
	full := errors.New("full")
	in := newQueue(records(100, 10), 30)
	err := sink(in, &table{err: full}).Run(t.Context(), t.Context())
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "2 messages are not stored") || in.acks > 0 {
		t.Errorf("%v, %d messages acknowledged", err, in.acks)
	}
}

// A signal, and time, have what is there stored.
func TestSinkSignal(t *testing.T) {
	in, store := newQueue(records(100, 10), 30), &table{}
	s := sink(in, store)
	s.Once, s.Every, s.Size = false, 20*time.Millisecond, 1<<30
	soft, cancel := context.WithCancel(t.Context())
	go func() {
		for s.Counters.Messages.Load() < 4 {
			time.Sleep(time.Millisecond)
		}
		in.mu.Lock()
		in.ready = append(in.ready, &Message{ID: "x", Body: []byte("{}\n")})
		in.mu.Unlock()
		for !in.taken(5) {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := s.Run(soft, t.Context()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if in.acks != 5 || !strings.HasSuffix(store.stored.String(), `{"_id":"x","_line":0,"_sensor":""}`+"\n") {
		t.Errorf("%d messages acknowledged, stored %s", in.acks, store.stored.String())
	}
}

// taken reports whether so many messages have been delivered. They may have been
// acknowledged meanwhile.
func (q *queue) taken(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.out)+q.acks >= n
}

// Lines that are no objects are no rows.
func TestRows(t *testing.T) {
	rows, n, ok := appendRows(nil, &Message{ID: `a"b`, Sensor: "s"}, []byte("{}\n\n 7\n { \"a\":1}\nx\n"))
	want := `{"_id":"a\"b","_line":0,"_sensor":"s"}` + "\n" + `{"_id":"a\"b","_line":3,"_sensor":"s","a":1}` + "\n"
	if n != 2 || string(rows) != want || !ok {
		t.Errorf("%d rows: %s, %v", n, rows, ok)
	}
}

// What others have published takes no more memory than a batch and a message may:
// neither many lines of nothing, nor a long name for each of them, nor messages that
// have no rows.
func TestSinkHostile(t *testing.T) {
	m := &Message{Encoding: encodingZstd}
	m.SetHeader(headerID, strings.Repeat("i", maxHeader+1))
	m.SetHeader(headerSensor, strings.Repeat("s", maxHeader))
	if len(m.ID) != 0 || len(m.Sensor) != maxHeader {
		t.Errorf("an ID of %d bytes, a sensor of %d", len(m.ID), len(m.Sensor))
	}
	e, err := newEncoder(true, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	e.encode(m, []byte(strings.Repeat("{}\n", maxText/maxHeader)))
	in, store := newQueue(nil, 1), &table{}
	for range 2 {
		in.ready = append(in.ready, m)
	}
	s := sink(in, store)
	s.Size = 1 << 30
	if err := s.Run(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.Counters.Rejected.Load(); n != 2 || in.acks != 2 || store.stored.Len() > 0 || len(m.Body) > 4096 {
		t.Errorf("%d messages of %d bytes left out, %d acknowledged, %d bytes stored", n, len(m.Body), in.acks, store.stored.Len())
	}

	// Without rows they are kept all the same, until they are acknowledged.
	most := 0
	in = newQueue(nil, 1)
	for range 90 {
		in.ready = append(in.ready, &Message{ID: "x", Body: []byte(strings.Repeat("x", 5000) + "\n")})
	}
	s = sink(in, store)
	s.Notice = func(string) { most = max(most, len(in.out)) }
	if err := s.Run(t.Context(), t.Context()); err != nil || most != 2 || in.acks != 90 {
		t.Errorf("%v: %d messages at a time, %d acknowledged", err, most, in.acks)
	}
}

package bus

import (
	"bytes"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// A Key says which records stay in order.
type Key uint8

// Keys.
const (
	BySource      Key = iota // those of a source address
	ByCommunityID            // those of a conversation; of a source address where a record has no Community ID
	ByNothing                // none: partitions take turns
)

// ParseKey returns the key of a name: source, community_id or none.
func ParseKey(name string) (Key, error) {
	switch name {
	case "source":
		return BySource, nil
	case "community_id":
		return ByCommunityID, nil
	case "none":
		return ByNothing, nil
	}
	return 0, fmt.Errorf("unknown key %q", name)
}

var (
	sourceName    = []byte(`"src_ip":"`)
	communityName = []byte(`"community_id":"`)
)

// of returns the key of a record: a view into its text; nil where it has none.
// The last member of the name counts. Text with quotes can't pass for a
// member: its quotes are escaped.
func (k Key) of(line []byte) []byte {
	switch k {
	case BySource:
		return member(line, sourceName)
	case ByCommunityID:
		if v := member(line, communityName); v != nil {
			return v
		}
		return member(line, sourceName)
	}
	return nil
}

func member(line, name []byte) []byte {
	i := bytes.LastIndex(line, name)
	if i < 0 {
		return nil
	}
	v := line[i+len(name):]
	if i = bytes.IndexByte(v, '"'); i < 0 {
		return nil
	}
	return v[:i]
}

// partition chooses one of n partitions. All publishers choose the same.
func partition(key []byte, n int) int {
	return int(xxhash.Sum64(key) % uint64(n))
}

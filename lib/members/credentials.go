package members

import (
	"merctools/lib/proto"
	"merctools/lib/record"
)

func writeCredentials(s *Set, w *record.Writer) {
	m, ok := s.Message.(proto.Exposer)
	if !ok {
		return
	}
	switch m.Exposure() {
	case proto.ExposedPassword:
		w.Key("credentials").Str("password")
	case proto.ExposedToken:
		w.Key("credentials").Str("token")
	case proto.ExposedDerived:
		w.Key("credentials").Str("derived")
	}
}

package members

import (
	"merctools/lib/proto"
	"merctools/lib/record"
)

func writeCredentials(s *Set, w *record.Writer) {
	switch s.Message.exposer.Exposure() {
	case proto.ExposedPassword:
		w.Key("credentials").Str("password")
	case proto.ExposedToken:
		w.Key("credentials").Str("token")
	case proto.ExposedDerived:
		w.Key("credentials").Str("derived")
	}
}

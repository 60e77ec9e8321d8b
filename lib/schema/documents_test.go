package schema

import (
	"bytes"
	"os"
	"testing"
)

func TestUpToDate(t *testing.T) {
	for _, file := range []struct {
		name string
		want []byte
	}{
		{"../proto/README.md", README()},
		{"record.schema.json", Schema()},
	} {
		got, err := os.ReadFile(file.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, file.want) {
			t.Errorf("%s does not say what the protocols declare: run go generate ./lib/schema", file.name)
		}
	}
}

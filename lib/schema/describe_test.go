package schema

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the files anew")

func TestUpToDate(t *testing.T) {
	for _, file := range []struct {
		name string
		want []byte
	}{
		{"../proto/README.md", README()},
		{"record.schema.json", Schema()},
	} {
		if *update {
			if err := os.WriteFile(file.name, file.want, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, file.want) {
			t.Errorf("%s does not say what the protocols declare: run go generate ./lib/schema", file.name)
		}
	}
}

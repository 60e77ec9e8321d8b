package build

import (
	"strings"
	"testing"
)

// What says too little gets no entry; it stays a common fingerprint.
func TestMinInformation(t *testing.T) {
	o := options(t)
	o.MinInformation = 2
	o.Families = []byte(`{"family":"curl","weight":2}` + "\n")
	const bare, empty = "stun/1/(00)(0001)(01)()", "tls/(0303)(13011302)()"
	label := `{"name":"a","family":"f","kind":"emulated"}`
	lines := append(sample(),
		labelled(bare, "192.0.2.1", 3478, "", label),
		labelled(empty, "192.0.2.1", 443, "", label),
		labelled("tls/(0303)(13011302)((0000)(3374)(7550)(0012)(0005))", "192.0.2.1", 443, "", label))
	b := NewBuilder(o)
	for _, l := range lines {
		b.Add([]byte(l))
	}
	b.LeaveOutVague()
	var out strings.Builder
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	got := files(t, []byte(out.String()))
	db := got["fingerprint_db.json"]
	if strings.Contains(db, `"str_repr":"`+bare) || strings.Contains(db, "[]") || b.Vague < 2 {
		t.Errorf("%d left out of\n%s", b.Vague, db)
	}
	if !strings.Contains(db, `{"process":"a","family":"f","count":1,`) || !strings.Contains(db, `"kinds":{"emulated":1}`) {
		t.Errorf("no family, or no kinds, in\n%s", db)
	}
	if got["families.json"] != string(o.Families) || !strings.Contains(got["fp_prevalence_tls.txt"], "tls/2/(0303)(13011302)[]") {
		t.Errorf("families.json %q, prevalent %s", got["families.json"], got["fp_prevalence_tls.txt"])
	}
}

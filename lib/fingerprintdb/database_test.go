package fingerprintdb

import "testing"

func TestBounds(t *testing.T) {
	db := newDatabase()
	add := func(text string) error {
		r := lineReader{db: db, learn: db.firstNames == nil}
		var l line
		err := r.read([]byte(text), &l)
		return db.add(&l, err, func(err error) { t.Error(err) })
	}
	db.updates = maxUpdates - 8
	if err := add(twoProcesses("")); err != errUpdates {
		t.Errorf("counts: %v", err)
	}
	db.updates--
	if err := add(twoProcesses("")); err != nil {
		t.Errorf("counts: %v", err)
	}
	named := entryLine("tls", "tls/(00)", 10, "", processObject("new", 10, false))
	db.size = maxText - len(named) + 1
	if err := add(named); err != errText {
		t.Errorf("text: %v", err)
	}
	db.size--
	if err := add(named); err != nil {
		t.Errorf("text: %v", err)
	}
	db.size = 0
	db.fingerprints.offsets = make([]uint32, maxStrings)
	if err := add(entryLine("tls", "tls/(01)", 10, "", processObject("new", 10, false))); err != errStrings {
		t.Errorf("fingerprints: %v", err)
	}
}

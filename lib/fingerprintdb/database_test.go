package fingerprintdb

import "testing"

func TestBounds(t *testing.T) {
	line := []byte(twoProcesses(""))
	db := newDatabase()
	r := databaseReader{db: db, warn: func(string, ...any) {}, systems: true}
	db.updates = maxUpdates - 8
	if err := r.line(line); err != errUpdates {
		t.Errorf("counts: %v", err)
	}
	db.updates--
	if err := r.line(line); err != nil {
		t.Errorf("counts: %v", err)
	}
	db.names = make([]string, maxNames)
	named := entryLine("tls", "tls/(00)", 10, "", processObject("new", 10, false))
	if err := r.line([]byte(named)); err != errNames {
		t.Errorf("names: %v", err)
	}
	db.names = db.names[:maxNames-1]
	named = entryLine("tls", "tls/(00)", 10, "", processObject("new", 10, false, `"os_info":{"new too":1}`))
	if err := r.line([]byte(named)); err != errNames {
		t.Errorf("systems: %v", err)
	}
	db.texts.offsets = make([]uint32, maxStrings)
	if err := r.line([]byte(entryLine("tls", "tls/(00)", 10, "", processObject("good", 10, false, `"classes_user_agent":{"new":1}`)))); err != errStrings {
		t.Errorf("strings: %v", err)
	}
}

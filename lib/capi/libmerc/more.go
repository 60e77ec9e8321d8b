package main

/*
#include <stdlib.h>
#include "merctools.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"unsafe"

	"merctools/lib/capi"
	"merctools/lib/fingerprintdb"
)

var sources registry[capi.Records]

// answer returns what C gets: a string, or what went wrong.
func answer(text []byte, err error, problem **C.char) *C.char {
	if err != nil {
		*problem = C.CString(err.Error())
		return nil
	}
	return C.CString(string(text))
}

// failed makes a panic, which is an error in this program, one of a function.
func failed(problem **C.char) {
	if r := recover(); r != nil {
		*problem = C.CString(fmt.Sprintf("internal error: %v", r))
	}
}

// given is a string of C; NULL is the empty one.
func given(s *C.char) string {
	if s == nil {
		return ""
	}
	return C.GoString(s)
}

//export goDecode
func goDecode(kind C.int, data *C.uint8_t, length C.size_t, problem **C.char) (text *C.char) {
	defer failed(problem)
	b := C.GoBytes(unsafe.Pointer(data), C.int(min(length, 1<<30)))
	var out []byte
	var err error
	switch kind {
	case C.merctools_certificate:
		out = capi.Certificate(b)
	case C.merctools_certificate_prefix:
		out = capi.CertificatePrefix(b)
	case C.merctools_dns:
		out, err = capi.DNS(b)
	case C.merctools_ech_config:
		out, err = capi.ECHConfig(b)
	case C.merctools_fdc:
		out, err = capi.Context(b)
	case C.merctools_quic_salt:
		out = []byte(capi.QUICSalt(b))
	default:
		err = fmt.Errorf("unknown kind %d", kind)
	}
	return answer(out, err, problem)
}

//export goServerName
func goServerName(name *C.char, detail C.bool) (text *C.char) {
	defer caught("merctools_server_name")
	return C.CString(capi.ServerName(C.GoString(name), bool(detail)))
}

//export goIsFakeTLS
func goIsFakeTLS(fingerprint *C.char) (fake C.bool) {
	defer caught("merctools_is_faketls")
	return C.bool(capi.IsFakeTLS(C.GoString(fingerprint)))
}

//export goAddress
func goAddress(text *C.char) (address *C.char) {
	defer caught("merctools_address")
	return C.CString(capi.Address(C.GoString(text)))
}

//export goClassify
func goClassify(number C.uint32_t, fingerprint, name, address *C.char, port C.uint16_t, agent *C.char, weights *C.double, candidates C.bool, problem **C.char) (text *C.char) {
	defer failed(problem)
	f := capi.Features{Fingerprint: given(fingerprint), ServerName: given(name), Address: given(address), Port: uint16(port), UserAgent: given(agent), Candidates: bool(candidates)}
	if weights != nil {
		w := unsafe.Slice((*float64)(weights), 6)
		f.Weights = &fingerprintdb.Weights{ASN: w[0], Domain: w[1], Port: w[2], Address: w[3], ServerName: w[4], UserAgent: w[5]}
	}
	out, err := libraries.get(uint32(number)).Classify(&f)
	return answer(out, err, problem)
}

//export goFingerprint
func goFingerprint(number C.uint32_t, message *C.char, data *C.uint8_t, length C.size_t, problem **C.char) (text *C.char) {
	defer failed(problem)
	out, err := libraries.get(uint32(number)).Fingerprint(C.GoString(message), C.GoBytes(unsafe.Pointer(data), C.int(min(length, 1<<30))))
	return answer(out, err, problem)
}

//export goRecordsOpen
func goRecordsOpen(number C.uint32_t, source *C.char, problem **C.char) (records C.uint32_t) {
	defer failed(problem)
	r, err := libraries.get(uint32(number)).OpenRecords(C.GoString(source))
	if err != nil {
		answer(nil, err, problem)
		return 0
	}
	return C.uint32_t(sources.add(r))
}

//export goRecordsNext
func goRecordsNext(records C.uint32_t, problem **C.char) (text *C.char) {
	defer failed(problem)
	out, err := sources.get(uint32(records)).Next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return answer(out, err, problem)
}

//export goRecordsStop
func goRecordsStop(records C.uint32_t) {
	defer caught("merctools_records_stop")
	sources.get(uint32(records)).Stop()
}

//export goRecordsClose
func goRecordsClose(records C.uint32_t) {
	defer caught("merctools_records_close")
	sources.get(uint32(records)).Close()
	sources.remove(uint32(records))
}

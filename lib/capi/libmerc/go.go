package main

/*
#include <stdlib.h>
#include <string.h>
#include "processor.h"

void report_message(int level, const char *text);
*/
import "C"

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"

	"merctools"
	"merctools/lib/capi"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
)

var (
	libraries  registry[capi.Library]
	processors registry[capi.Processor]
)

func report(level capi.Level, text string) {
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	C.report_message(C.int(level), c)
}

// caught keeps a panic, which is an error in this program, out of the code that
// called it.
func caught(what string) {
	if r := recover(); r != nil {
		report(capi.LevelError, fmt.Sprintf("%s: internal error: %v", what, r))
	}
}

//export goOpen
func goOpen(vars *C.struct_libmerc_config, verbosity C.int, mc *C.struct_mercury) (ok C.bool) {
	defer caught("mercury_init")
	s := capi.Settings{
		DNSJSON:              bool(vars.dns_json_output),
		CertsJSON:            bool(vars.certs_json_output),
		Metadata:             bool(vars.metadata_output),
		Analysis:             bool(vars.do_analysis),
		Stats:                bool(vars.do_stats),
		MaxStats:             int(min(uint64(vars.max_stats_entries), 1<<31)),
		ReportOS:             bool(vars.report_os),
		TCPData:              bool(vars.output_tcp_initial_data),
		UDPData:              bool(vars.output_udp_initial_data),
		Filter:               C.GoString(vars.packet_filter_cfg),
		ProcessThreshold:     float32(vars.fp_proc_threshold),
		DestinationThreshold: float32(vars.proc_dst_threshold),
		Verbose:              verbosity > 0,
		Log:                  report,
	}
	if vars.resources != nil {
		name := C.GoString(vars.resources)
		s.Resources = &name
	}
	if vars.enc_key != nil {
		switch vars.key_type {
		case C.enc_key_type_aes_128:
			s.Key = C.GoBytes(unsafe.Pointer(vars.enc_key), 16)
		case C.enc_key_type_aes_256:
			s.Key = C.GoBytes(unsafe.Pointer(vars.enc_key), 32)
		}
	}
	l, err := capi.Open(&s)
	if err != nil {
		report(capi.LevelError, "mercury_init: "+err.Error())
		return false
	}
	if s.Verbose {
		report(capi.LevelInfo, "libmerc "+capi.VersionString()+" of merctools, "+runtime.Version())
	}
	for i, name := range l.AttributeNames() {
		if i == C.max_attributes {
			break
		}
		mc.attribute_names[i] = C.CString(name)
		mc.attributes++
	}
	if version, ok := l.ResourceVersion(); ok {
		mc.version = C.CString(version)
	}
	mc.classifies = C.bool(l.Classifies())
	mc.counts = C.bool(l.Counts())
	mc.number = C.uint32_t(libraries.add(l))
	return true
}

//export goClose
func goClose(number C.uint32_t) {
	defer caught("mercury_finalize")
	libraries.get(uint32(number))
	libraries.remove(uint32(number))
}

//export goWriteStats
func goWriteStats(number C.uint32_t, path *C.char) (ok C.bool) {
	defer caught("mercury_write_stats_data")
	if err := libraries.get(uint32(number)).WriteStats(C.GoString(path)); err != nil {
		report(capi.LevelError, "mercury_write_stats_data: "+err.Error())
		return false
	}
	return true
}

//export goEntries
func goEntries(number C.uint32_t) (n C.size_t) {
	defer caught("get_stats_aggregator_num_entries")
	return C.size_t(libraries.get(uint32(number)).Entries())
}

//export goConstruct
func goConstruct(number C.uint32_t) (processor C.uint32_t) {
	defer caught("mercury_packet_processor_construct")
	p, err := libraries.get(uint32(number)).NewProcessor()
	if err != nil {
		report(capi.LevelError, "mercury_packet_processor_construct: "+err.Error())
		return 0
	}
	return C.uint32_t(processors.add(p))
}

//export goDestruct
func goDestruct(number C.uint32_t) {
	defer caught("mercury_packet_processor_destruct")
	processors.get(uint32(number)).Close()
	processors.remove(uint32(number))
}

//export goWrite
func goWrite(c *C.struct_processor, buffer unsafe.Pointer, size C.size_t, packet *C.uint8_t, length C.size_t, t C.int64_t, link C.uint16_t) (n C.size_t) {
	defer caught("mercury_packet_processor_write_json")
	p := processors.get(uint32(c.number))
	dst := unsafe.Slice((*byte)(buffer), size)
	out := p.WriteRecord(dst[:0], uint16(link), unsafe.Slice((*byte)(packet), length), int64(t))
	tell(c, p)
	switch {
	case len(out) > len(dst):
		return 0
	case len(out) < len(dst):
		dst[len(out)] = 0
	}
	return C.size_t(len(out))
}

//export goAnalyze
func goAnalyze(c *C.struct_processor, packet *C.uint8_t, length C.size_t, t C.int64_t, link C.uint16_t) {
	defer caught("mercury_packet_processor_get_analysis_context")
	p := processors.get(uint32(c.number))
	classified := p.Inspect(uint16(link), unsafe.Slice((*byte)(packet), length), int64(t))
	tell(c, p)
	if classified {
		fill(c, p)
	}
}

//export goPayload
func goPayload(c *C.struct_processor, key *C.struct_flow_key_ext, data *C.uint8_t, length C.size_t, t C.int64_t, buffer *C.uint8_t, size C.size_t) (n C.int) {
	n = C.UNKNOWN_ERROR
	defer caught("mercury_packet_processor_get_analysis_context_fdc")
	p := processors.get(uint32(c.number))
	k := keyOf(key)
	buf := unsafe.Slice((*byte)(buffer), size)
	got := p.InspectPayload(&k, unsafe.Slice((*byte)(data), length), int64(t), buf)
	tell(c, p)
	if p.Result().Status() != fingerprintdb.NoInfo {
		fill(c, p)
	}
	return C.int(got)
}

// keyOf returns the key of a flow, whose parts are in network byte order.
func keyOf(c *C.struct_flow_key_ext) flow.Key {
	k := flow.Key{Protocol: uint8(c.protocol)}
	k.SrcPort = binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, uint16(c.src_port)))
	k.DstPort = binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, uint16(c.dst_port)))
	const size4, size6 = 4, 16
	switch c.ip_vers {
	case 4:
		k.Version = 4
		copy(k.Src[:], c.addr[:size4])
		copy(k.Dst[:], c.addr[size4:2*size4])
	case 6:
		k.Version = 6
		copy(k.Src[:], c.addr[:size6])
		copy(k.Dst[:], c.addr[size6:2*size6])
	default:
		k.SrcPort, k.DstPort = 0, 0
	}
	return k
}

// tell tells C what came of a packet whether it was classified or not.
func tell(c *C.struct_processor, p *capi.Processor) {
	c.awaits_more = C.bool(p.AwaitsMore())
	r := p.Result()
	if !r.HasAttributes() {
		return
	}
	c.has_attributes = true
	for i := range c.attributes {
		c.attributes[i] = C.double(r.Attribute(i))
	}
}

// fill fills in the analysis of a message.
func fill(c *C.struct_processor, p *capi.Processor) {
	c.classified = true
	a := &c.analysis
	t, fingerprint := p.Fingerprint()
	name, agent, alpn := p.Told()
	a._type = C.int(t)
	a.status = C.int(p.Status())
	text(bytesOf(&a.fingerprint), fingerprint)
	text(bytesOf(&a.server_name), name)
	text(bytesOf(&a.user_agent), agent)
	a.alpn_length = C.size_t(copy(bytesOf(&a.alpn), alpn))
	r := p.Result()
	process, score, ok := r.Process()
	a.has_process, a.has_malware = C.bool(ok && process != ""), false
	if !ok {
		return
	}
	text(bytesOf(&a.process), unsafe.Slice(unsafe.StringData(process), len(process)))
	a.score = C.double(score)
	malware, pMalware, ok := r.Malware()
	a.has_malware, a.malware, a.p_malware = C.bool(ok), C.bool(malware), C.double(pMalware)
	for system, count := range r.OperatingSystems() {
		if a.systems_length == C.max_systems {
			break
		}
		a.systems[a.systems_length] = C.struct_os_information{C.CString(system), C.uint64_t(count)}
		a.systems_length++
	}
}

// bytesOf is an array of C as bytes.
func bytesOf[T any](array *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(array)), unsafe.Sizeof(*array))
}

// text makes a string of C in dst. What has no room is cut off.
func text(dst, s []byte) {
	n := copy(dst[:len(dst)-1], s)
	dst[n] = 0
}

//export goLicense
func goLicense() *C.char { return C.CString(merctools.License) }

//export goVersion
func goVersion() C.uint32_t {
	v := capi.Version
	return C.uint32_t(v[0])<<24 | C.uint32_t(v[1])<<16 | C.uint32_t(v[2])<<8
}

//export goCommit
func goCommit() *C.char {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return C.CString(s.Value)
			}
		}
	}
	return C.CString("commit unknown")
}

"""The class that packets are given to."""

from __future__ import annotations

import ctypes
import json
import math
from typing import Any, Sequence

from ._libmerc import Config, Error, Timespec, checked, library

fp_status_dict = {
    0: "no_info_available",
    1: "labeled",
    2: "randomized",
    3: "unlabled",
    4: "unanalyzed",
}
fp_type_dict = dict(enumerate((
    "unknown", "tls", "tls_server", "http", "http_server", "ssh", "ssh_kex", "tcp", "dhcp", "smtp_server", "dtls", "dtls_server",
    "quic", "tcp_server", "openvpn", "tofsee", "stun", "ssh_init", "ssh_server", "ssh_kex_server", "ssh_init_server",
)))

_MAX_RECORD = 1 << 20


class Mercury:
    """Finds what packets tell of the programs that sent them.

    An object is for one thread at a time. It gives back what it holds with
    mercury_finalize(), or at the end of a with statement.

    :param do_analysis: classify messages
    :param resources: file name of the archive to classify with; empty for the one
        that is built in
    :param output_tcp_initial_data: tell the first data of TCP flows of unknown
        protocols
    :param output_udp_initial_data: the same for UDP
    :param packet_filter_cfg: the protocols, separated by commas, and further options
        behind semicolons, such as b'all;reassembly'
    :param metadata_output: more metadata
    :param dns_json_output: DNS as JSON, not base64
    :param certs_json_output: certificates as JSON, not base64
    :param network_behavioral_detections: detect residential proxies
    :param quic_trial_decryption: try all known keys on unknown versions of QUIC
    """

    def __init__(
        self,
        do_analysis: bool = False,
        resources: bytes = b"",
        output_tcp_initial_data: bool = False,
        output_udp_initial_data: bool = False,
        packet_filter_cfg: bytes = b"all",
        metadata_output: bool = True,
        dns_json_output: bool = True,
        certs_json_output: bool = True,
        network_behavioral_detections: bool = False,
        quic_trial_decryption: bool = False,
    ) -> None:
        self._mc: int | None = None
        self._mpp: int | None = None
        self.do_analysis = False
        options = packet_filter_cfg
        if network_behavioral_detections:
            options += b";network-behavioral-detections"
        if quic_trial_decryption:
            options += b";quic-trial-decryption"
        self.py_config = {
            "output_tcp_initial_data": output_tcp_initial_data,
            "output_udp_initial_data": output_udp_initial_data,
            "packet_filter_cfg": options,
            "metadata_output": metadata_output,
            "dns_json_output": dns_json_output,
            "certs_json_output": certs_json_output,
            "do_analysis": do_analysis,
            "resources": resources,
        }
        self.mercury_init()

    def __enter__(self) -> Mercury:
        return self

    def __exit__(self, *_: object) -> None:
        self.mercury_finalize()

    def __del__(self) -> None:
        try:
            self.mercury_finalize()
        except Exception:  # the interpreter may be about to end
            pass

    def mercury_init(self, verbosity: int = 0) -> int:
        """Begin again with the same configuration. Returns 0, or 1 on an error, which
        is printed."""
        self.mercury_finalize()
        lib = library()
        self._mc = lib.mercury_init(ctypes.byref(Config(**self.py_config)), verbosity)
        if not self._mc:
            print("error: mercury_init() failed")
            return 1
        self.do_analysis = bool(lib.mercury_get_classifier(self._mc))
        self._mpp = lib.mercury_packet_processor_construct(self._mc)
        if not self._mpp:
            print("error: mercury_packet_processor_construct() failed")
            return 1
        self._buffer = ctypes.create_string_buffer(_MAX_RECORD)
        return 0

    def mercury_finalize(self) -> int:
        """Give back what the object holds. Returns 0, or -1 where that is nothing."""
        mc, mpp = self._mc, self._mpp
        self._mc = self._mpp = None
        self.do_analysis = False
        if mpp:
            library().mercury_packet_processor_destruct(mpp)
        return library().mercury_finalize(mc) if mc else -1

    # ---- packets ----

    def get_mercury_json(self, pkt_data: bytes, ts: float = 0.0) -> dict[str, Any] | None:
        """Return the record of an Ethernet frame, or None.

        :param ts: time of the packet in seconds since 1970; 0 for now
        """
        fraction, seconds = math.modf(ts)
        time = Timespec(int(seconds), int(fraction * 1e9))
        n = library().mercury_packet_processor_write_json(self._mpp, self._buffer, _MAX_RECORD, pkt_data, len(pkt_data), ctypes.byref(time))
        return json.loads(ctypes.string_at(self._buffer, n)) if n else None

    def _analysis_context(self, pkt_data: bytes) -> int | None:
        time = Timespec(0, 0)
        return library().mercury_packet_processor_get_analysis_context(self._mpp, pkt_data, len(pkt_data), ctypes.byref(time))

    def get_fingerprint(self, pkt_data: bytes) -> dict[str, Any] | None:
        """Return status, type and text of the fingerprint of a packet that can be
        classified, or None."""
        ac = self._analysis_context(pkt_data)
        return _fingerprint_info(ac) if ac else None

    def analyze_packet(self, pkt_data: bytes) -> dict[str, Any] | None:
        """Return what is known of the sender of a packet, or None where it can't be
        classified."""
        lib = library()
        ac = self._analysis_context(pkt_data)
        if not ac:
            return None
        result: dict[str, Any] = {}
        name = lib.analysis_context_get_server_name(ac)
        if name is not None:
            result["tls"] = {"client": {"server_name": _text(name)}}
        info = _fingerprint_info(ac)
        result["fingerprint_info"] = info
        process, score = ctypes.c_char_p(), ctypes.c_double()
        malware, p_malware = ctypes.c_bool(), ctypes.c_double()
        analysis: dict[str, Any] = dict.fromkeys(("process", "score", "malware", "p_malware"))
        if lib.analysis_context_get_process_info(ac, ctypes.byref(process), ctypes.byref(score)):
            analysis.update(process=_text(process.value or b""), score=score.value)
            if lib.analysis_context_get_malware_info(ac, ctypes.byref(malware), ctypes.byref(p_malware)):
                analysis.update(malware=malware.value, p_malware=p_malware.value)
        result["analysis"] = analysis
        attributes = self.extract_attributes()
        if info["str_repr"].startswith("tls") and lib.merctools_is_faketls(info["str_repr"].encode()):
            if all(a["name"] != "faketls" for a in attributes):
                attributes.append({"name": "faketls", "probability_score": 1.0})
        if attributes:
            analysis["attributes"] = attributes
        return result

    def extract_attributes(self) -> list[dict[str, Any]]:
        """Return the attributes of the last packet: names, and how probable each is."""
        a = library().mercury_packet_processor_get_attributes(self._mpp)
        if not a:
            return []
        c = a.contents
        return [
            {"name": _text(c.tag_names[i]), "probability_score": float(c.prob_scores[i])}
            for i in range(c.attributes_len)
            if c.prob_scores[i] > 0
        ]

    def get_correlation_object(self, pkt_data: bytes, ts: float = 0.0) -> dict[str, Any] | None:
        """Return what of a packet can be found again in other observations of the same
        flow, or None."""
        r = self.get_mercury_json(pkt_data, ts)
        if r is None:
            return None
        co = {k: r[k] for k in ("src_ip", "dst_ip", "src_port", "dst_port", "protocol") if k in r}
        for key, *path in (
            ("ip_id", "ip", "id"),
            ("tls_random", "tls", "client", "random"),
            ("tls_server_name", "tls", "client", "server_name"),
            ("http_host", "http", "request", "host"),
            ("http_x_forwarded_for", "http", "request", "x_forwarded_for"),
            ("dns_id", "dns", "query", "id"),
        ):
            value: Any = r
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            if value is not None:
                co[key] = value
        questions = r.get("dns", {}).get("query", {}).get("question", [])
        names = ";".join(q["name"] for q in questions if "name" in q)
        if names:
            co["dns_names"] = names
        return co

    # ---- features ----

    def perform_analysis(self, fp_str: str, server_name: str, dst_ip: str, dst_port: int) -> dict[str, Any] | None:
        """Return the most probable process for a fingerprint and its destination."""
        return self._perform(fp_str, server_name, dst_ip, dst_port)

    def perform_analysis_with_user_agent(
        self, fp_str: str, server_name: str, dst_ip: str, dst_port: int, user_agent: str
    ) -> dict[str, Any] | None:
        """Do what perform_analysis does, with a user agent."""
        return self._perform(fp_str, server_name, dst_ip, dst_port, user_agent)

    def perform_analysis_with_weights(
        self,
        fp_str: str,
        server_name: str,
        dst_ip: str,
        dst_port: int,
        user_agent: str,
        new_as_weight: float,
        new_domain_weight: float,
        new_port_weight: float,
        new_ip_weight: float,
        new_sni_weight: float,
        new_ua_weight: float,
    ) -> dict[str, Any] | None:
        """Do what perform_analysis does, with other weights of the features than the
        resources have."""
        weights = (new_as_weight, new_domain_weight, new_port_weight, new_ip_weight, new_sni_weight, new_ua_weight)
        return self._perform(fp_str, server_name, dst_ip, dst_port, user_agent, weights)

    def perform_detailed_analysis(self, fp_str: str, server_name: str, dst_ip: str, dst_port: int) -> dict[str, Any] | None:
        """Return all processes that have a fingerprint, and how probable each is."""
        return self._perform(fp_str, server_name, dst_ip, dst_port, detailed=True)

    def perform_detailed_analysis_with_user_agent(
        self, fp_str: str, server_name: str, dst_ip: str, dst_port: int, user_agent: str
    ) -> dict[str, Any] | None:
        """Do what perform_detailed_analysis does, with a user agent."""
        return self._perform(fp_str, server_name, dst_ip, dst_port, user_agent, detailed=True)

    def _perform(
        self,
        fp_str: str,
        server_name: str,
        dst_ip: str,
        dst_port: int,
        user_agent: str | None = None,
        weights: Sequence[float] | None = None,
        detailed: bool = False,
    ) -> dict[str, Any] | None:
        if not self.do_analysis:
            print("error: classifier not loaded (is do_analysis set to True?)")
            return None
        numbers = (ctypes.c_double * 6)(*weights) if weights is not None else None
        v = json.loads(self._checked(
            "merctools_classify", fp_str.encode(), server_name.encode(), dst_ip.encode(), dst_port & 0xFFFF,
            (user_agent or "").encode(), numbers, detailed,
        ))
        analysis: dict[str, Any] = {}
        if not detailed:
            analysis.update(process=v["process"], score=v["score"])
        analysis.update(malware=v["malware"], p_malware=v["p_malware"])
        if detailed:
            analysis["process_details"] = v.get("candidates", [])
        if v["attributes"]:
            analysis["attributes"] = v["attributes"]
        return {"fingerprint_info": {"status": fp_status_dict[v["status"]]}, "analysis": analysis}

    # ---- messages ----

    def fingerprint(self, data: bytes, message: str = "tls.client_hello") -> dict[str, Any]:
        """Return the fingerprint and the metadata of a message without a packet around
        it; see mercury.fingerprint.

        :raises Error: if data is no such message, or there is none of that name
        """
        return json.loads(self._checked("merctools_fingerprint", message.encode(), data, len(data)))

    def resource_version(self) -> str | None:
        """Return the VERSION of the resources, or None."""
        v = library().mercury_get_resource_version(self._mc)
        return None if v is None else _text(v)

    def _checked(self, function: str, *arguments: object) -> str:
        if not self._mc:
            raise Error("the object was finalized")
        return checked(function, self._mc, *arguments)


def _text(b: bytes) -> str:
    return b.decode("utf-8", "replace")


def _fingerprint_info(ac: int) -> dict[str, str]:
    lib = library()
    return {
        "status": fp_status_dict[lib.analysis_context_get_fingerprint_status(ac)],
        "type": fp_type_dict[lib.analysis_context_get_fingerprint_type(ac)],
        "str_repr": _text(lib.analysis_context_get_fingerprint_string(ac)),
    }

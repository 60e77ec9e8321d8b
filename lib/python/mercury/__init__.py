"""What network packets tell of the programs that sent them.

    import mercury

    with mercury.Mercury(do_analysis=True) as m:
        m.analyze_packet(frame)

    for record in mercury.records("trace.pcap"):
        print(record.get("analysis"))

    mercury.fingerprint(client_hello)["fingerprints"]["tls"]

The module has the interface of mercury-python, and works on libmerc.so, which
is in the package.
"""

from __future__ import annotations

import threading
from typing import Any

from ._libmerc import Error
from .analysis import Mercury, fp_status_dict, fp_type_dict
from .decode import (
    decode_fdc,
    decode_mercury_fdc,
    get_cert_prefix,
    get_ciphersuites,
    get_normalized_domain_name,
    get_normalized_ip_address,
    parse_cert,
    parse_dns,
    parse_ech_config,
    quic_get_salt,
    quic_get_salt_from_bytes,
)
from .stream import records, to_arrow, to_pandas

__version__ = "2.18.0"

__all__ = [
    "Error",
    "Mercury",
    "decode_fdc",
    "decode_mercury_fdc",
    "fingerprint",
    "fp_status_dict",
    "fp_type_dict",
    "get_cert_prefix",
    "get_ciphersuites",
    "get_normalized_domain_name",
    "get_normalized_ip_address",
    "parse_cert",
    "parse_dns",
    "parse_ech_config",
    "quic_get_salt",
    "quic_get_salt_from_bytes",
    "records",
    "to_arrow",
    "to_pandas",
]

_default: Mercury | None = None
_lock = threading.Lock()


def fingerprint(data: bytes, message: str = "tls.client_hello") -> dict[str, Any]:
    """Return the fingerprint and the metadata of a message without a packet around
    it, as a server or a proxy has it.

    :param message: a selector, such as "tls.client_hello", "http.request" or "stun",
        or a protocol and its message, such as "SSH/identification"
    :param data: the message; one of a TLS handshake with or without its record layer
    :returns: the members fingerprints and that of the message; and
        reassembly_properties, if parts of it are missing
    :raises Error: if data is no such message, or there is none of that name
    """
    global _default
    with _lock:
        if _default is None:
            _default = Mercury()
        return _default.fingerprint(data, message)

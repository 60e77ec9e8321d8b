"""Functions that need no packet and no resources."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from ._libmerc import Error, checked, library, take

_CERTIFICATE, _CERTIFICATE_PREFIX, _DNS, _ECH_CONFIG, _FDC, _QUIC_SALT = range(6)


def _decode(kind: int, data: bytes) -> str:
    return checked("merctools_decode", kind, data, len(data))


def _bytes(text: str, is_hex: bool) -> bytes:
    text = text.strip()
    try:
        return bytes.fromhex(text) if is_hex else b64decode(text, validate=True)
    except ValueError as e:
        raise ValueError(f"Invalid {'hex' if is_hex else 'base64'} input") from e


def parse_cert(cert_data: str, is_hex: bool = False) -> dict[str, Any]:
    """Return what is in a certificate.

    :param cert_data: the certificate (DER) in base64, or in hexadecimal digits
        with is_hex
    :raises ValueError: if it is neither
    """
    return json.loads(_decode(_CERTIFICATE, _bytes(cert_data, is_hex)))


def get_cert_prefix(b64_cert: str) -> str:
    """Return the beginning of a certificate in base64, up to the end of its issuer,
    as hexadecimal digits. It is empty if the certificate is cut off before that."""
    return _decode(_CERTIFICATE_PREFIX, b64decode(b64_cert))


def parse_dns(dns_data: str, is_hex: bool = False) -> dict[str, Any]:
    """Return what is in a DNS message, in base64 or in hexadecimal digits.

    :raises ValueError: if it is neither, or no DNS message
    """
    try:
        return json.loads(_decode(_DNS, _bytes(dns_data, is_hex)))
    except Error as e:
        raise ValueError("not a DNS message") from e


def parse_ech_config(b64_ech_config: str) -> dict[str, Any]:
    """Return the first configuration of a list for Encrypted ClientHello, in base64.

    :raises ValueError: if there is none
    """
    try:
        return json.loads(_decode(_ECH_CONFIG, b64decode(b64_ech_config)))
    except Error as e:
        raise ValueError("not a list of ECH configurations") from e


def decode_fdc(fdc_blob: bytes) -> dict[str, Any]:
    """Return what is in a fingerprint and destination context.

    :raises ValueError: if it is none
    """
    try:
        return json.loads(_decode(_FDC, fdc_blob))
    except Error as e:
        raise ValueError("not an FDC object") from e


def decode_mercury_fdc(b64_fdc: str) -> dict[str, Any]:
    """Do what decode_fdc does with a context in base64."""
    return decode_fdc(b64decode(b64_fdc))


def quic_get_salt_from_bytes(raw_packet: bytes) -> str | None:
    """Return the name of the salt whose keys decrypt an Initial packet of QUIC, the
    payload of a datagram, or None."""
    return _decode(_QUIC_SALT, raw_packet) or None


def quic_get_salt(quic_data: dict[str, Any]) -> str | None:
    """Do what quic_get_salt_from_bytes does with the raw_packet_data of a record.

    :raises ValueError: if there is none, or it is not in hexadecimal digits
    """
    digits = quic_data.get("raw_packet_data", "")
    if not digits:
        raise ValueError("'raw_packet_data' field with original packet bytes is required")
    if not isinstance(digits, str):
        raise ValueError(f"'raw_packet_data' must be a string, got {type(digits).__name__}")
    try:
        raw = bytes.fromhex(digits)
    except ValueError as e:
        raise ValueError(f"Invalid hex string in 'raw_packet_data': {e}") from e
    return quic_get_salt_from_bytes(raw)


def get_normalized_domain_name(domain_name: str, detailed_output: bool = True) -> str:
    """Return the form in which resources know the name of a server: a domain name
    as it is, or a name below .alt for an address or something else.

    :param detailed_output: put the address and the port into the name
    """
    return take(library().merctools_server_name(domain_name.encode(), detailed_output)) or ""


def get_normalized_ip_address(ip_address: str) -> str:
    """Return an address, or one that stands for all of private networks.

    :raises ValueError: if it is no address
    """
    address = take(library().merctools_address(ip_address.encode()))
    if not address:
        raise ValueError(f"Cannot normalize invalid IP address: {ip_address}")
    return address


def get_ciphersuites(fp: str) -> str:
    """Return the cipher suites in a fingerprint of TLS or QUIC, as hexadecimal
    digits, or the empty string."""
    groups = fp.split("(")
    index = 2 if fp.startswith("tls") else 3
    if not fp.startswith(("tls", "quic")) or len(groups) <= index:
        return ""
    return groups[index].split(")")[0]

"""The functions of libmerc.so."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import threading
from ctypes import POINTER, Structure, c_bool, c_char_p, c_double, c_float, c_int, c_long, c_size_t, c_uint8, c_uint16, c_uint32, c_void_p


class Error(Exception):
    """What the library says of something that it could not do."""


class Config(Structure):
    """struct libmerc_config"""

    _fields_ = [
        ("dns_json_output", c_bool),
        ("certs_json_output", c_bool),
        ("metadata_output", c_bool),
        ("do_analysis", c_bool),
        ("do_stats", c_bool),
        ("report_os", c_bool),
        ("output_tcp_initial_data", c_bool),
        ("output_udp_initial_data", c_bool),
        ("resources", c_char_p),
        ("enc_key", c_char_p),
        ("key_type", c_int),
        ("packet_filter_cfg", c_char_p),
        ("fp_proc_threshold", c_float),
        ("proc_dst_threshold", c_float),
        ("max_stats_entries", c_size_t),
    ]


class Timespec(Structure):
    """struct timespec"""

    _fields_ = [("tv_sec", c_long), ("tv_nsec", c_long)]


class Attributes(Structure):
    """struct attribute_context"""

    _fields_ = [
        ("tag_names", POINTER(c_char_p)),
        ("prob_scores", POINTER(ctypes.c_longdouble)),
        ("attributes_len", c_size_t),
    ]


# What functions return and take. String is a char * that must be freed.
String = c_void_p
_signatures = {
    "mercury_init": (c_void_p, [POINTER(Config), c_int]),
    "mercury_finalize": (c_int, [c_void_p]),
    "mercury_packet_processor_construct": (c_void_p, [c_void_p]),
    "mercury_packet_processor_destruct": (None, [c_void_p]),
    "mercury_packet_processor_write_json": (c_size_t, [c_void_p, c_void_p, c_size_t, c_char_p, c_size_t, POINTER(Timespec)]),
    "mercury_packet_processor_get_analysis_context": (c_void_p, [c_void_p, c_char_p, c_size_t, POINTER(Timespec)]),
    "mercury_packet_processor_get_attributes": (POINTER(Attributes), [c_void_p]),
    "mercury_get_classifier": (c_void_p, [c_void_p]),
    "mercury_get_resource_version": (c_char_p, [c_void_p]),
    "analysis_context_get_fingerprint_status": (c_int, [c_void_p]),
    "analysis_context_get_fingerprint_type": (c_int, [c_void_p]),
    "analysis_context_get_fingerprint_string": (c_char_p, [c_void_p]),
    "analysis_context_get_server_name": (c_char_p, [c_void_p]),
    "analysis_context_get_process_info": (c_bool, [c_void_p, POINTER(c_char_p), POINTER(c_double)]),
    "analysis_context_get_malware_info": (c_bool, [c_void_p, POINTER(c_bool), POINTER(c_double)]),
    "merctools_free": (None, [String]),
    "merctools_decode": (String, [c_int, c_char_p, c_size_t, POINTER(String)]),
    "merctools_server_name": (String, [c_char_p, c_bool]),
    "merctools_address": (String, [c_char_p]),
    "merctools_is_faketls": (c_bool, [c_char_p]),
    "merctools_classify": (String, [c_void_p, c_char_p, c_char_p, c_char_p, c_uint16, c_char_p, POINTER(c_double), c_bool, POINTER(String)]),
    "merctools_fingerprint": (String, [c_void_p, c_char_p, c_char_p, c_size_t, POINTER(String)]),
    "merctools_records_open": (c_uint32, [c_void_p, c_char_p, POINTER(String)]),
    "merctools_records_next": (String, [c_uint32, POINTER(String)]),
    "merctools_records_stop": (None, [c_uint32]),
    "merctools_records_close": (None, [c_uint32]),
}

_lock = threading.Lock()
_library: ctypes.CDLL | None = None
_forked = False


def _after_fork() -> None:
    global _forked
    _forked = _library is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def library() -> ctypes.CDLL:
    """Load the library when it is first needed: the file that the environment
    variable MERCURY_LIBMERC names, the one in this package, or an installed one.

    A process that was forked after that can't use the library, and gets a
    RuntimeError. Use the start method "spawn" of multiprocessing, or load the
    library in the children only.
    """
    global _library
    if _forked:
        raise RuntimeError("libmerc was loaded before this process was forked: use the start method spawn of multiprocessing")
    with _lock:
        if _library is None:
            _library = _load()
        return _library


def _load() -> ctypes.CDLL:
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libmerc.so")
    name = os.environ.get("MERCURY_LIBMERC")
    if not name:
        name = beside if os.path.exists(beside) else ctypes.util.find_library("merc") or "libmerc.so.0"
    lib = ctypes.CDLL(name)
    try:
        for function, (result, arguments) in _signatures.items():
            f = getattr(lib, function)
            f.restype, f.argtypes = result, arguments
    except AttributeError as e:
        raise ImportError(f"{name} is not the libmerc of this package: {e}") from None
    return lib


def take(pointer: int | None) -> str | None:
    """Make a str of a string that the library returned, and free that."""
    if not pointer:
        return None
    try:
        return ctypes.cast(pointer, c_char_p).value.decode("utf-8", "replace")  # type: ignore[union-attr]
    finally:
        library().merctools_free(pointer)


def checked(function: str, *arguments: object) -> str:
    """Call a function whose last argument is for an error, and return its string."""
    error = String()
    text = take(getattr(library(), function)(*arguments, ctypes.byref(error)))
    problem = take(error.value)
    if text is None:
        raise Error(problem or function)
    return text

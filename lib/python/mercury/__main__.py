"""The command line of pmercury: python -m mercury."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, TextIO

from . import Error, Mercury, __version__, records


# Options of earlier versions that are not there, and why.
_REFUSED = {
    ("-b", "--bpf"): "packets are not filtered here: use merc-capture --bpf or mercury -w with --bpf and read what it writes",
    ("-e", "--endpoint"): "there are no models of endpoints: the report of merc-analyze lists hosts",
    ("-g", "--group-flows"): "there is a record for each message: those of a flow have the same addresses and ports",
    ("-k", "-s", "--sslkeylogfile"): "nothing is decrypted with keys of sessions",
    ("-x", "--experimental"): "there are no experimental features",
    ("--log-malformed",): "there is no log of messages that can't be read: mercury --quarantine keeps packets on which a parser failed",
}


class _Refuse(argparse.Action):
    """Ends the command at an option that is not there, with or without a value."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: str | None = None) -> None:
        parser.exit(2, f"{parser.prog}: {option_string}: {self.const}\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(prog="pmercury", description="Write fingerprints and metadata of packets, and what is known of their senders.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("-c", "--capture", metavar="INTERFACE", help="capture from an interface")
    source.add_argument("-r", "--read", metavar="FILE", help="read a capture")
    source.add_argument("-l", "--lookup", metavar="FINGERPRINT", help="print what is known of a fingerprint")
    parser.add_argument("-f", "--fingerprint", metavar="FILE", help="write to a file (default: standard output)")
    parser.add_argument("-a", "--analysis", action="store_true", help="classify messages")
    parser.add_argument("-d", "--fp_db", "--resources", dest="resources", metavar="FILE", default="", help="archive to classify with (default: the built-in one)")
    parser.add_argument("-n", "--num-procs", metavar="N", type=int, default=0, help="with --analysis or --lookup, the N most probable processes")
    parser.add_argument("-w", "--human-readable", action="store_true", help="write text for people in place of JSON")
    parser.add_argument("--select", metavar="LIST", default="all", help="the protocols, separated by commas (default: all)")
    parser.add_argument("--reassembly", action="store_true", help="put messages together from several packets")
    parser.add_argument("--network-behavioral-detections", action="store_true", help="detect residential proxies")
    for names, why in _REFUSED.items():
        parser.add_argument(*names, action=_Refuse, nargs="?", const=why, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=__version__)
    o = parser.parse_args(argv)
    if o.num_procs < 0:
        parser.error(f"argument -n: {o.num_procs} is less than 0")
    try:
        if o.fingerprint is None:
            status = _run(o, sys.stdout)
            sys.stdout.flush()
            return status
        for name in (o.read, o.resources):
            if name and os.path.exists(o.fingerprint) and os.path.samefile(name, o.fingerprint):
                raise Error(f"{o.fingerprint}: is both input and output; nothing was written")
        with open(o.fingerprint, "w", encoding="utf-8") as out:
            return _run(o, out)
    except BrokenPipeError:  # the reader has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what the interpreter flushes
        return 0
    except (Error, OSError) as e:
        print(f"pmercury: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(o: argparse.Namespace, out: TextIO) -> int:
    if o.lookup is not None:
        with Mercury(do_analysis=True, resources=o.resources.encode()) as m:
            _write(o, out, _lookup(m, o.lookup, o.num_procs))
        return 0
    options = o.select.encode() + (b";reassembly" if o.reassembly else b"")
    top = Mercury(do_analysis=True, resources=o.resources.encode()) if o.analysis and o.num_procs else None
    for record in records(
        o.read if o.capture is None else o.capture,
        do_analysis=o.analysis,
        resources=o.resources.encode(),
        packet_filter_cfg=options,
        network_behavioral_detections=o.network_behavioral_detections,
    ):
        if top is not None and "analysis" in record:
            record["analysis"]["probable_processes"] = _processes(top, record, o.num_procs)
        _write(o, out, record)
        if o.capture is not None:
            out.flush()
    return 0


def _processes(m: Mercury, record: dict[str, Any], n: int) -> list[dict[str, Any]]:
    fingerprint = next(iter(record["fingerprints"].values()), "")
    client = record.get("tls", {}).get("client", {})
    request = record.get("http", {}).get("request", {})
    detail = m.perform_detailed_analysis_with_user_agent(
        fingerprint,
        client.get("server_name") or request.get("host") or "",
        record["dst_ip"],
        record["dst_port"],
        request.get("user_agent") or "",
    )
    return _top(detail, n)


def _top(detail: dict[str, Any] | None, n: int) -> list[dict[str, Any]]:
    known = (detail or {}).get("analysis", {}).get("process_details", [])
    return sorted(known, key=lambda p: -p["score"])[: n or None]


def _lookup(m: Mercury, fingerprint: str, n: int) -> dict[str, Any]:
    detail = m.perform_detailed_analysis(fingerprint, "", "", 0)
    if detail is None:
        raise Error("the resources can't be used")
    return {"fingerprint": fingerprint, "status": detail["fingerprint_info"]["status"], "probable_processes": _top(detail, n)}


def _write(o: argparse.Namespace, out: TextIO, record: dict[str, Any]) -> None:
    if not o.human_readable:
        out.write(json.dumps(record) + "\n")
        return
    for name, value in _flat(record, ""):
        text = value if isinstance(value, str) else json.dumps(value)
        # What comes from the network must not talk to the terminal.
        out.write(f"{name}: {''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)}\n")
    out.write("\n")


def _flat(value: Any, name: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for k, v in value.items() for pair in _flat(v, f"{name}.{k}" if name else k)]
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return [pair for i, v in enumerate(value) for pair in _flat(v, f"{name}[{i}]")]
    return [(name, value)]


if __name__ == "__main__":
    sys.exit(main())

"""Records of captures and interfaces, and tables of them."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import threading
from typing import Any, Generator, Iterable, Iterator

from ._libmerc import Error, String, library, take
from .analysis import Mercury


def records(source: str | os.PathLike[str], **options: Any) -> Iterator[dict[str, Any]]:
    """Yield the records of a capture file, or of a network interface if there is no
    such file.

    Captures may be pcap, pcapng or snoop, also compressed. An interface goes on
    until the iterator is closed, and needs the privilege to capture.

    :param options: those of Mercury; do_analysis is on unless it is given
    :raises Error: if the source can't be read, or not to its end; records before
        that are yielded first
    """
    options.setdefault("do_analysis", True)
    with Mercury(**options) as m:
        if not m._mc:
            raise Error("mercury_init() failed")
        error = String()
        handle = library().merctools_records_open(m._mc, os.fsencode(source), ctypes.byref(error))
        if not handle:
            raise Error(take(error.value) or f"{source}: can't be read")
        chunks = _chunks(handle) if os.path.exists(source) else _live(handle)
        try:
            for text in chunks:
                for line in text.split("\n"):
                    if line:
                        yield json.loads(line)
        finally:
            chunks.close()  # its thread must be done with the handle
            library().merctools_records_close(handle)


def _chunks(handle: int) -> Generator[str, None, None]:
    error = String()
    while True:
        pointer = library().merctools_records_next(handle, ctypes.byref(error))
        text = take(pointer)
        if text is None:
            problem = take(error.value)
            if problem is not None:
                raise Error(problem)
            return
        yield text


def _live(handle: int) -> Generator[str, None, None]:
    """Read in a thread, so that a signal ends the iterator."""
    q: queue.Queue[str | Exception | None] = queue.Queue(64)

    def read() -> None:
        try:
            for text in _chunks(handle):
                if text:
                    q.put(text)
            q.put(None)
        except Exception as e:
            q.put(e)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = q.get(timeout=0.2)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        library().merctools_records_stop(handle)
        while thread.is_alive():
            try:
                q.get_nowait()
            except queue.Empty:
                thread.join(0.05)


def columns(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each member that one of the records has, with None where
    a record does not have it. Members come in the order in which they are met."""
    table: dict[str, list[Any]] = {}
    n = 0
    for row in rows:
        for name, value in row.items():
            column = table.setdefault(name, [])
            column.extend([None] * (n - len(column)))
            column.append(value)
        n += 1
    for column in table.values():
        column.extend([None] * (n - len(column)))
    return table


def uniform(values: list[Any]) -> list[Any]:
    """Return values of which all are of one type, within objects and lists too.
    Members and elements that have several types become text in JSON."""
    kinds = {float if type(v) is int else type(v) for v in values if v is not None}
    if kinds == {dict}:
        objects = [dict(v) if v is not None else None for v in values]
        for name in {name for o in objects if o for name in o}:
            having = [o for o in objects if o and name in o]
            for o, v in zip(having, uniform([o[name] for o in having])):
                o[name] = v
        return objects
    if kinds == {list}:
        elements = iter(uniform([e for v in values if v is not None for e in v]))
        return [v if v is None else [next(elements) for _ in v] for v in values]
    if len(kinds) > 1:
        return [v if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    return values


def to_arrow(rows: Iterable[dict[str, Any]]) -> Any:
    """Make a pyarrow.Table of records, with a column for each member, and structs
    for objects. What has several types is text in JSON. pyarrow must be installed."""
    import pyarrow

    return pyarrow.table({name: uniform(values) for name, values in columns(rows).items()})


def to_pandas(rows: Iterable[dict[str, Any]]) -> Any:
    """Make a pandas.DataFrame of records, with a column for each member, and names
    such as tls.client.server_name for those of objects. pandas must be installed."""
    import pandas

    return pandas.json_normalize(list(rows))

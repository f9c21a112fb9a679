"""One file of arrays and a JSON header (the safetensors format), and what it refuses to read.

The library safetensors lets NaN, repeated keys and absurd shapes pass, so the header is checked
here, before anything of the size that it claims is allocated. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dino.config import quoted
from dino.locale.sentences import Refusal, Text, sentence
from dino.share.json_depth import json_depth

MOST_BYTES = 24_000_000  # of a file
HEADER_BYTES = 256_000  # of its header, at most; some 50 moments with their names need 80,000
LENGTH_BYTES = 8  # that the header's length takes, before it
MOST_DEPTH = 8  # of JSON; a header needs 5
MOST_DIGITS = 20  # of a whole number; Python takes long to read one of a million
ARRAYS = 200  # in a file
DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "I64": np.int64,
    "I32": np.int32,
    "U64": np.uint64,
    "U8": np.uint8,
}
METADATA, OURS = "__metadata__", "dino"  # the format's key for texts, and our text in it


class Place(NamedTuple):
    """Where an array lies: its type, its shape, and its bytes after the header."""

    dtype: str
    shape: tuple[int, ...]
    first: int
    end: int


class Header(NamedTuple):
    """The header of a file: our own part of it, and where each array lies."""

    ours: Any
    places: dict[str, Place]


def refusal(reason: Text) -> Refusal:
    """Why a file is not read. reason: the rule and the value, a sentence."""
    return Refusal(sentence("{reason} Save the run again, or choose another file.", reason=reason))


def write_tensors(ours: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A file with this header and these arrays. Equal input gives equal bytes."""
    text = json.dumps(ours, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return bytes(save(dense, {OURS: text}))


def read_header(data: bytes) -> Header:
    """The header of a file, checked. Raises Refusal for one that is foreign, cut off or absurd."""
    if len(data) > MOST_BYTES:
        raise refusal(
            sentence(
                "A saved run has at most {most:,} bytes; this file has {size:,}.",
                most=MOST_BYTES,
                size=len(data),
            )
        )
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if not 2 <= length <= min(HEADER_BYTES, len(data) - LENGTH_BYTES):
        _refuse_header()
    try:
        text = data[LENGTH_BYTES : LENGTH_BYTES + length].decode("utf-8")
    except UnicodeDecodeError:
        _refuse_header()
    table = read_json(text)
    if not isinstance(table, dict) or len(table) > ARRAYS:
        _refuse_header()
    texts = table.pop(METADATA, None)
    if not isinstance(texts, dict) or list(texts) != [OURS] or not isinstance(texts[OURS], str):
        _refuse_header()
    places = {name: _read_place(name, entry) for name, entry in table.items()}
    _check_ends(places, len(data) - LENGTH_BYTES - length)
    return Header(read_json(texts[OURS]), places)


def _refuse_header() -> NoReturn:
    raise refusal(
        sentence(
            "A saved run begins with a header of at most {most:,} bytes that this app wrote; this "
            "file does not, or is cut off.",
            most=HEADER_BYTES,
        )
    )


def _read_place(name: str, entry: Any) -> Place:
    """Where the array of this name lies. Raises Refusal for a type or size that no array has."""
    if isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"}:
        dtype, shape, ends = entry["dtype"], entry["shape"], entry["data_offsets"]
        if isinstance(dtype, str) and dtype in DTYPES and _are_counts(shape) and len(shape) == 1:
            size = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
            if _are_counts(ends) and len(ends) == 2 and ends[1] - ends[0] == size:
                return Place(dtype, tuple(shape), *ends)
    raise refusal_of_array(name)


def _are_counts(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(
        type(number) is int and 0 <= number <= MOST_BYTES for number in numbers
    )


def _check_ends(places: Mapping[str, Place], size: int) -> None:
    """Raises Refusal unless the arrays fill the file, each beginning where the last one ends."""
    end = 0
    for name, place in sorted(places.items(), key=lambda item: (item[1].first, item[1].end)):
        if place.first != end:
            raise refusal_of_array(name)
        end = place.end
    if end != size:
        raise refusal(
            sentence(
                "The arrays of a saved run fill its file; here they take {wanted:,} bytes of "
                "{size:,}.",
                wanted=end,
                size=size,
            )
        )


def refusal_of_array(name: str) -> Refusal:
    """The array of this name is none of a saved run, or is not as its recipe and run say."""
    return refusal(
        sentence(
            "Each array of a saved run has the name, type, size and numbers that its recipe "
            "allows; {name} has not.",
            name=quoted(name),
        )
    )


def read_arrays(data: bytes, header: Header) -> dict[str, np.ndarray]:
    """The arrays of a file whose header was checked, in memory of their own."""
    try:
        found = load(data)
    except (SafetensorError, ValueError):
        _refuse_header()
    if found.keys() != header.places.keys():
        _refuse_header()
    return {name: np.array(array) for name, array in found.items()}


def read_json(text: str) -> Any:
    """JSON that is not deep, without repeated keys, without NaN and without lone surrogates."""
    if json_depth(text) > MOST_DEPTH:
        _refuse_json()
    try:
        found = json.loads(
            text,
            object_pairs_hook=_distinct,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_refuse_word,
        )
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # no lone surrogates
    except (ValueError, RecursionError):
        _refuse_json()
    return found


def _refuse_json() -> NoReturn:
    raise refusal(
        sentence(
            "The header of a saved run is JSON without repeated keys, at most {most} levels deep, "
            "with finite numbers; that of this file is not.",
            most=MOST_DEPTH,
        )
    )


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(digits)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _refuse_word(word: str) -> NoReturn:
    raise ValueError(word)

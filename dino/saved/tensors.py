"""One file of arrays and a JSON header (the safetensors format), and what it refuses to read.

The library safetensors lets NaN, repeated keys and absurd shapes pass, so the header is checked
here, before anything of the size that it claims is allocated. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dino.config import quoted
from dino.locale.sentences import Refusal, sentence
from dino.outside import Document, read_json, row_of, whole

MOST_BYTES = 24_000_000  # of a file
HEADER_BYTES = 256_000  # of its header, at most; some 50 moments with their names need 80,000
LENGTH_BYTES = 8  # of the number before the header, which gives its length
ARRAYS = 200  # in a file, at most
DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "I64": np.int64,
    "I32": np.int32,
    "U64": np.uint64,
    "U8": np.uint8,
}
RUN = Document(
    sentence("The header of a saved run"),
    HEADER_BYTES,
    sentence("Save the run again, or choose another file."),
)
COUNT = whole(MOST_BYTES)
LENGTH, ENDS = row_of(COUNT), row_of(COUNT, COUNT)  # an array's shape, and where it begins and ends
METADATA, OURS = "__metadata__", "dino"  # the format's key for texts, and our text in it


class TensorPlace(NamedTuple):
    """The place of an array: its type, its shape, and its bytes after the header."""

    dtype: str
    shape: tuple[int, ...]
    first: int
    end: int


class Header(NamedTuple):
    """The header of a file: our own part of it, and the place of each array."""

    ours: Any
    places: dict[str, TensorPlace]


def write_tensors(ours: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A file with this header and these arrays. Equal input gives equal bytes."""
    text = json.dumps(ours, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return bytes(save(dense, {OURS: text}))


def read_header(data: bytes) -> Header:
    """The header of a file, checked. Raises Refusal if it is foreign, cut off or absurd."""
    if len(data) > MOST_BYTES:
        raise RUN.refusal(
            sentence(
                "A saved run may have at most {most:,} bytes, but this file has {size:,}.",
                most=MOST_BYTES,
                size=len(data),
            )
        )
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if not 2 <= length <= min(HEADER_BYTES, len(data) - LENGTH_BYTES):
        _refuse_header()
    table = read_json(data[LENGTH_BYTES : LENGTH_BYTES + length], RUN)
    if not isinstance(table, dict) or len(table) > ARRAYS:
        _refuse_header()
    texts = table.pop(METADATA, None)
    if not isinstance(texts, dict) or list(texts) != [OURS] or not isinstance(texts[OURS], str):
        _refuse_header()
    places = {name: _read_place(name, entry) for name, entry in table.items()}
    _check_ends(places, len(data) - LENGTH_BYTES - length)
    return Header(read_json(texts[OURS], RUN), places)


def _refuse_header() -> NoReturn:
    raise RUN.refusal(
        sentence(
            "A saved run begins with this app's header of at most {most:,} bytes, but this file "
            "has none or is cut off.",
            most=HEADER_BYTES,
        )
    )


def _read_place(name: str, entry: Any) -> TensorPlace:
    """The place of the array of this name. Raises Refusal for an impossible type or size."""
    if isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"}:
        dtype, shape, ends = entry["dtype"], entry["shape"], entry["data_offsets"]
        if isinstance(dtype, str) and dtype in DTYPES and LENGTH.fits(shape) and ENDS.fits(ends):
            if ends[1] - ends[0] == shape[0] * np.dtype(DTYPES[dtype]).itemsize:
                return TensorPlace(dtype, tuple(shape), *ends)
    raise refusal_of_array(name)


def _check_ends(places: Mapping[str, TensorPlace], size: int) -> None:
    """Raise Refusal unless the arrays fill the file, each beginning where the last one ends."""
    end = 0
    for name, place in sorted(places.items(), key=lambda item: (item[1].first, item[1].end)):
        if place.first != end:
            raise refusal_of_array(name)
        end = place.end
    if end != size:
        raise RUN.refusal(
            sentence(
                "The arrays of a saved run must fill its file, but here they take {wanted:,} "
                "bytes of {size:,}.",
                wanted=end,
                size=size,
            )
        )


def refusal_of_array(name: str) -> Refusal:
    """The refusal of an array that does not belong in a saved run, or does not fit its
    recipe and run.
    """
    return RUN.refusal(
        sentence(
            "Each array of a saved run must have the name, type, size and numbers that its recipe "
            "allows, but {name} does not.",
            name=quoted(name),
        )
    )


def read_arrays(data: bytes, header: Header) -> dict[str, np.ndarray]:
    """The arrays of a file whose header was checked, in separate memory."""
    try:
        found = load(data)
    except (SafetensorError, ValueError):
        _refuse_header()
    if found.keys() != header.places.keys():
        _refuse_header()
    return {name: np.array(array) for name, array in found.items()}

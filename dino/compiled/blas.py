"""Matrix products for the compiled kernels: `sgemm` of the BLAS library that comes with PyTorch.

BLAS (Lawson et al. 1979; Dongarra et al. 1990) is the standard interface for matrix products.
PyTorch's library is the fastest here: on a processor with AVX-512 it multiplies (32, 256)(256, 256)
twice as fast as scipy's, which numba uses for `np.dot`. scipy's is used if PyTorch is not loaded or
does not export its own.

All matrices are float32, row-major and contiguous. BLAS reads them as column-major, that is as
their transposes, so we ask it for outᵀ = Bᵀ Aᵀ.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic

_SYMBOL = "dino_sgemm"  # the name under which compiled code calls it


def _find_sgemm() -> int:
    """The address of `sgemm` in memory."""
    if "torch" in sys.modules:
        folder = Path(str(sys.modules["torch"].__file__)).parent / "lib"
        for file in ("libtorch_cpu.so", "libtorch_cpu.dylib"):
            try:
                function = ctypes.CDLL(str(folder / file)).sgemm_
            except (OSError, AttributeError):  # there is no such file, or it exports no BLAS
                continue
            return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
    return int(get_cython_function_address("scipy.linalg.cython_blas", "sgemm"))


def _keep_numba_from_loading_scipy() -> None:
    """scipy's BLAS takes some 30 MB. numba loads it for `np.dot`, which no kernel calls."""
    from numba.np import linalg

    def refuse() -> None:
        raise ImportError

    ensure_blas, linalg.ensure_blas = linalg.ensure_blas, refuse
    try:
        importlib.import_module("numba.np.arraymath")  # looks for scipy once, while it loads
    finally:
        linalg.ensure_blas = ensure_blas


llvmlite.binding.add_symbol(_SYMBOL, _find_sgemm())  # before any kernel is loaded
if "scipy.linalg" not in sys.modules:
    _keep_numba_from_loading_scipy()


@intrinsic
def sgemm(
    context: Any, A: Any, B: Any, out: Any, m: Any, k: Any, n: Any, A_T: Any, B_T: Any, add: Any
) -> Any:
    """out = A B, or out += A B if `add`; A or B is transposed first if A_T or B_T says so.

    A is (m, k), or (k, m) if it is transposed; B (k, n), or (n, k); out (m, n).
    """
    matrix, size, flag = types.voidptr, types.int32, types.boolean
    signature = types.void(matrix, matrix, matrix, size, size, size, flag, flag, flag)
    return signature, _build_call


def _build_call(target: Any, builder: Any, signature: Any, values: Any) -> Any:
    """The machine code of one call, as numba asks for it. BLAS takes outᵀ = Bᵀ Aᵀ; see above."""
    A, B, out, m, k, n, A_T, B_T, add = values
    real = ir.FloatType()
    beta = builder.select(add, real(1.0), real(0.0))
    row_of_A = _row_length(builder, builder.select(A_T, m, k))
    row_of_B = _row_length(builder, builder.select(B_T, k, n))
    numbers = [n, m, k, real(1.0), row_of_B, row_of_A, beta, n]
    n_at, m_at, k_at, alpha_at, row_of_B_at, row_of_A_at, beta_at, row_of_out_at = [
        _address_of(builder, number) for number in numbers
    ]
    A, B, out = [builder.bitcast(matrix, real.as_pointer()) for matrix in (A, B, out)]
    builder.call(
        _declare_sgemm(builder.module),
        [
            _transposition(builder, B_T),
            _transposition(builder, A_T),
            n_at,
            m_at,
            k_at,
            alpha_at,
            B,
            row_of_B_at,
            A,
            row_of_A_at,
            beta_at,
            out,
            row_of_out_at,
        ],
    )
    return target.get_dummy_value()


def _declare_sgemm(module: Any) -> Any:
    """BLAS is written in Fortran, which takes every argument by its address."""
    char, integer, real = ir.IntType(8), ir.IntType(32), ir.FloatType()
    kinds = [
        char,
        char,
        integer,
        integer,
        integer,
        real,
        real,
        integer,
        real,
        integer,
        real,
        real,
        integer,
    ]
    kind = ir.FunctionType(ir.VoidType(), [kind.as_pointer() for kind in kinds])
    return cgutils.get_or_insert_function(module, kind, _SYMBOL)


def _address_of(builder: Any, value: Any) -> Any:
    """The address of a copy of a number."""
    place = cgutils.alloca_once(builder, value.type)
    builder.store(value, place)
    return place


def _row_length(builder: Any, length: Any) -> Any:
    """The length of a row in memory; BLAS requires at least 1, even for an empty matrix."""
    one = length.type(1)
    return builder.select(builder.icmp_signed(">", length, one), length, one)


def _transposition(builder: Any, flag: Any) -> Any:
    """The address of 'T' or 'N', which tells BLAS whether to transpose."""
    char = ir.IntType(8)
    return _address_of(builder, builder.select(flag, char(ord("T")), char(ord("N"))))

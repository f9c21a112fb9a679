"""Matrix products for the compiled kernels: `sgemm` of the BLAS library that PyTorch brings.

BLAS (Lawson et al. 1979; Dongarra et al. 1990) is the standard by which all numerical libraries
multiply matrices. PyTorch's own is the fastest at hand: on a processor with AVX-512 it multiplies
(32, 256)(256, 256) at twice the pace of the one that numba takes for `np.dot`, scipy's, which
stands in where PyTorch is not loaded or does not show its own.

All matrices are float32 and lie row by row without gaps. BLAS reads them column by column, which is
the transpose, so it is asked for outᵀ = Bᵀ Aᵀ.

Compiled kernels are kept on disk until the text of `kernels.py` changes: after a change here, clear
`dino/__pycache__`.
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

_SYMBOL = "dino_sgemm"  # the name by which compiled code calls it


def _address() -> int:
    """Where `sgemm` lies in memory."""
    if "torch" in sys.modules:
        folder = Path(sys.modules["torch"].__file__).parent / "lib"
        for file in ("libtorch_cpu.so", "libtorch_cpu.dylib"):
            try:
                found = ctypes.CDLL(str(folder / file)).sgemm_
            except (OSError, AttributeError):  # no such file, or it keeps its BLAS to itself
                continue
            return ctypes.cast(found, ctypes.c_void_p).value
    return get_cython_function_address("scipy.linalg.cython_blas", "sgemm")


def _spare_scipy() -> None:
    """Keep numba from loading scipy's BLAS, some 30 MB, for `np.dot`, which no kernel calls."""
    from numba.np import linalg

    def none() -> None:
        raise ImportError

    ensure, linalg.ensure_blas = linalg.ensure_blas, none
    try:
        importlib.import_module("numba.np.arraymath")  # it asks once, as it loads
    finally:
        linalg.ensure_blas = ensure


llvmlite.binding.add_symbol(_SYMBOL, _address())  # before any kernel is loaded
if "scipy.linalg" not in sys.modules:
    _spare_scipy()


@intrinsic
def sgemm(context: Any, A: Any, B: Any, out: Any, m: Any, k: Any, n: Any, A_T: Any, B_T: Any,
          add: Any) -> Any:
    """out = A B, or out += A B if `add`, with A or B turned where A_T or B_T says so.

    A is (m, k), or (k, m) to be turned; B (k, n), or (n, k); out (m, n). BLAS comes from Fortran,
    which takes every argument by its address.
    """
    matrix, size = types.voidptr, types.int32

    def build(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        A, B, out, m, k, n, A_T, B_T, add = values
        char, integer, real = ir.IntType(8), ir.IntType(32), ir.FloatType()

        def at(value: Any) -> Any:
            place = cgutils.alloca_once(builder, value.type)
            builder.store(value, place)
            return place

        def floats(pointer: Any) -> Any:
            return builder.bitcast(pointer, real.as_pointer())

        def width(length: Any) -> Any:  # of a row; BLAS wants 1 even where there is nothing
            some = builder.icmp_signed(">", length, integer(1))
            return at(builder.select(some, length, integer(1)))

        def turned(flag: Any) -> Any:
            return at(builder.select(flag, char(ord("T")), char(ord("N"))))

        kinds = [char, char, integer, integer, integer, real, real, integer, real, integer, real,
                 real, integer]
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(
            ir.VoidType(), [kind.as_pointer() for kind in kinds]), _SYMBOL)
        beta = builder.select(add, real(1.0), real(0.0))
        row_of_A, row_of_B = width(builder.select(A_T, m, k)), width(builder.select(B_T, k, n))
        builder.call(function, [
            turned(B_T), turned(A_T), at(n), at(m), at(k), at(real(1.0)), floats(B), row_of_B,
            floats(A), row_of_A, at(beta), floats(out), at(n)])
        return target.get_dummy_value()

    flag = types.boolean
    return types.void(matrix, matrix, matrix, size, size, size, flag, flag, flag), build

"""Matrices in the kernels: memory for them, and their products. All are float32, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dino.compiled.blas import sgemm
from dino.compiled.jit import jit

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.int32]  # memory for the bits of float32 numbers
RandomState = npt.NDArray[np.uint64]

F, I32 = np.float32, np.int32


@jit
def allocate_matrix(rows: int, columns: int) -> Floats:
    """An uninitialised matrix that starts at a multiple of 64 bytes.

    The order in which BLAS adds may depend on where its matrices start, but the same recipe must
    give the same run.
    """
    memory = np.empty(rows * columns + 16, np.float32)
    first = (-memory.ctypes.data % 64) // 4
    return memory[first : first + rows * columns].reshape(rows, columns)


@jit
def multiply(A: Floats, B: Floats, out: Floats, add: bool) -> None:
    """out = A B, or out += A B. (m, k)(k, n) is (m, n)."""
    m, k = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(B.shape[1]), False, False, add)


@jit
def multiply_transposed(A: Floats, B: Floats, out: Floats, add: bool) -> None:
    """out = A Bᵀ, or out += A Bᵀ. (m, k)(n, k)ᵀ is (m, n)."""
    m, k = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(len(B)), False, True, add)


@jit
def transpose_multiply(A: Floats, B: Floats, out: Floats) -> None:
    """out = Aᵀ B. (k, m)ᵀ(k, n) is (m, n)."""
    k, m = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(B.shape[1]), True, False, False)


@jit
def add_row(row: Floats, out: Floats) -> None:
    """Add one row to every row of `out`. (n,), (m, n)."""
    for i in range(len(out)):
        for k in range(len(row)):
            out[i, k] += row[k]

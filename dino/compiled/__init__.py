"""The same mathematics, compiled: the kernels, when they are compiled, and their engine."""

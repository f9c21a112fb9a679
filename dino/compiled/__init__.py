"""The same mathematics, compiled: the kernels, how and when they are compiled, and their engine."""

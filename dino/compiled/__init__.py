"""The same mathematics, compiled: kernels, when they are compiled, the engine that calls them."""

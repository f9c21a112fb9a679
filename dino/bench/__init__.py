"""The benchmark: CPU time a name, here and in the ways of others."""

"""The benchmark: CPU time per name, ours and other implementations'."""

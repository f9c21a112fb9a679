"""Fair experiments: what is trained, what its losses show, and the same from a shell."""

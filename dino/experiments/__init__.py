"""Fair experiments: what is trained, what the losses show, and the same from a shell."""

"""A run as one file: its format, what writes and reads it, which list it needs."""

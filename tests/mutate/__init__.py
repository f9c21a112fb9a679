"""Whether a test notices when a comparison or a sign is wrong: see `__main__.py`."""

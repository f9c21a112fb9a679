"""All that the app says and shows, as text files: see `__main__.py`."""

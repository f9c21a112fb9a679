"""The sentences that visitors read, in their language."""

"""The page Inside and its parts."""

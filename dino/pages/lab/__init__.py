"""The page Lab and its parts."""

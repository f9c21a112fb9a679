"""What `python -m dino` does: a module for each command that has more than a few lines."""

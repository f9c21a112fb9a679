"""What leaves the app with a visitor, and what a teacher does with it."""

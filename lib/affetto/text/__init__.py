"""A sentence → a mood, with word lists of our own."""

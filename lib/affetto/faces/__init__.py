"""Photo bytes → faces → emotions: decoding, detection, alignment, and the emotion network."""

"""What a track is, the tracks that can be recommended, and the mood that each carries."""

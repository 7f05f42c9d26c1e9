"""Spotify as it is in 2026: search, fresh covers, links, the player, and saved playlists.

``config`` and ``ids`` are light; the others load spotipy, so import them when they are needed.
Nothing that Spotify answers is used to train a model or given to one.
"""

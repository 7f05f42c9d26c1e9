"""Recommenders without a neural network: what the LSTM has to beat, behind the same protocol.

``affetto.learn.baselines`` chooses their settings on the validation playlists and builds them;
the settings stand in ``tuned.json`` beside this file, the whole search in
``reports/metrics/baselines.json``.
"""

from affetto.recommend.baselines.item_knn import ItemKnnConfig, ItemKnnRecommender
from affetto.recommend.baselines.knowledge import PlaylistKnowledge
from affetto.recommend.baselines.markov import MarkovConfig, MarkovRecommender
from affetto.recommend.baselines.mood_popularity import (
    MoodPopularityConfig,
    MoodPopularityRecommender,
)
from affetto.recommend.baselines.nearest_mood import NearestMoodRecommender
from affetto.recommend.baselines.popularity import PopularityRecommender
from affetto.recommend.baselines.session_knn import SessionKnnConfig, SessionKnnRecommender

__all__ = [
    "ItemKnnConfig",
    "ItemKnnRecommender",
    "MarkovConfig",
    "MarkovRecommender",
    "MoodPopularityConfig",
    "MoodPopularityRecommender",
    "NearestMoodRecommender",
    "PlaylistKnowledge",
    "PopularityRecommender",
    "SessionKnnConfig",
    "SessionKnnRecommender",
]

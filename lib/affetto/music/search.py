"""Finding songs of a catalogue by what somebody remembers of title and artist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.music.names import plain, song_keys, song_title
from affetto.music.tracks import Track

LONGEST_QUERY = 250  # characters
_LIKELY = 0.8  # how alike (difflib's ratio) a word must be to be taken for a mistyped one
_LOOKED_AT = 200  # of the best hits, of which versions of one song are folded together
_plain = plain.__wrapped__  # a catalogue's names would push everything else out of its memory


class SongSearch:
    """The names of one catalogue, folded: case, accents and signs make no difference.

    Building it reads all names, about half a second for 60,000 tracks; a search takes some ten
    milliseconds, and up to a second where a word has to be guessed.  Safe between threads.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        titles, artists = catalogue.names()
        self._titles = [f" {_plain(title)} " for title in titles]
        self._artists = [" ".join(["", *map(_plain, names), ""]) for names in artists]

    def find(self, text: str, *, limit: int = 10) -> list[Track]:
        """The songs whose title and artists have all the words, each song once.

        text : words or their beginnings, in any order; a mistyped word is taken for the nearest.
        A title or an artist that is just that comes first (a version's, too), and of these the song
        that stands in most playlists; its artist's count by their square root.
        Raises InputError for an empty text, or one of more than 250 characters.
        """
        words = query_words(text)
        found = self._with_all(words) or self._with_all(self._corrected(words))
        ranked = sorted(found, key=lambda item: self._rank(item, " ".join(words)))
        tracks = self.catalogue.tracks(ranked[:_LOOKED_AT])
        return list(_each_song_once(tracks))[:limit]

    def recognise(self, track_id: str, *, title: str, artists: Iterable[str]) -> Track | None:
        """The catalogue's own track for one from elsewhere: by id, else by title and artist.

        None where the song is unknown.
        """
        if items := self.catalogue.find([track_id])[0]:
            return self.catalogue.track(items[0])
        names = list(artists)
        wanted = song_keys(names, title)
        words = _plain(f"{title.split(' - ')[0]} {names[0] if names else ''}").split()
        ranked = sorted(self._with_all(words), key=lambda item: -self.catalogue.popularity[item])
        tracks = self.catalogue.tracks(ranked[:_LOOKED_AT])
        return next((track for track in tracks if track.song_keys & wanted), None)

    def _with_all(self, words: list[str]) -> list[int]:
        """Items in whose title or artists every word begins one; none where there are no words."""
        items: Iterable[int] = range(len(self._titles)) if words else ()
        for word in words:
            begun = f" {word}"
            items = [i for i in items if begun in self._titles[i] or begun in self._artists[i]]
        return list(items)

    def _rank(self, item: int, query: str) -> tuple[int, float]:
        """What sorts first fits best."""
        title, artists = self._titles[item].strip(), self._artists[item].strip()
        whole = (title, artists, f"{title} {artists}", f"{artists} {title}")
        begins = title.startswith(query)
        just_that = query in whole or (begins and self._song_title(item) == query)
        known = self.catalogue.popularity[item] * self.catalogue.artist_popularity[item] ** 0.5
        return (0 if just_that else 1 if begins else 2), -float(known)

    def _song_title(self, item: int) -> str:
        """The title without what tells of the release ("- Remastered 2009")."""
        return song_title.__wrapped__(self.catalogue.column("title")[item].as_py())

    def _corrected(self, words: list[str]) -> list[str]:
        """Words that nobody's name has, replaced by the nearest that some name has."""
        return [self._nearest(word) for word in words]

    def _nearest(self, word: str) -> str:
        if self._with_all([word]):
            return word
        near = difflib.get_close_matches(word, self._words, n=1, cutoff=_LIKELY)
        return near[0] if near else word

    @cached_property
    def _words(self) -> list[str]:
        """Every word of a name, those of the best known songs first."""
        order = np.argsort(-self.catalogue.popularity, kind="stable")
        names = (self._titles[i] + self._artists[i] for i in order)
        return list(dict.fromkeys(word for name in names for word in name.split()))


def query_words(text: str) -> list[str]:
    """What is searched for, folded.  Raises InputError where that is nothing, or too much."""
    if len(text) > LONGEST_QUERY:
        raise InputError(f"A search takes at most {LONGEST_QUERY} characters.")
    words = _plain(text).split()
    if not words:
        raise InputError("There is nothing to search for; write a title, an artist, or both.")
    return words


def _each_song_once(tracks: Iterable[Track]) -> Iterable[Track]:
    """The first version of each song."""
    seen: set[tuple[str, str]] = set()
    for track in tracks:
        if not seen & track.song_keys:
            yield track
        seen |= track.song_keys

"""In which language a song is likely sung, read by written rules from what is public of it.

No data set here says it, so it is concluded, and left unknown rather than guessed:

1. Script: Hangul, kana, Han without kana, Thai, Greek, Hebrew, Arabic, Devanagari, Gurmukhi or
   Cyrillic letters in title or artist.
2. Genre words that name a language of singing ("k-pop", "reggaeton", "sertanejo").
3. Words of the title that stand in the list of one language and of no other: any English one;
   of another language two, or one that is long or has accents.
4. The artist: where 1 to 3 name one language for at least two of an artist's songs and for
   four in five of those that they name at all, it is taken for the rest of them too.
5. A title in another language than its genre or artist leaves the song unknown; but Korean,
   Japanese, Chinese and Thai songs often have English titles, and stay what they are.
6. Songs that the audio features call instrumental have no words, unless by somebody who sings:
   most songs of that artist are not instrumental.

A language is that of a song's public face; some songs mix several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from affetto.music.languages import WORDLESS

INSTRUMENTAL = 0.8  # Spotify's instrumentalness from which a song counts as wordless
ARTIST_SONGS, ARTIST_SHARE = 2, 0.8  # what an artist's other songs must show to speak for them
LONG_WORD = 5  # letters from which one word alone tells a language that is not English
_ENGLISH_TITLES = frozenset({"ko", "ja", "zh", "th"})  # whose songs often have English titles

# The first that matches counts: kana before Han, since Japanese has both.
_SCRIPTS = (
    ("ko", re.compile(r"[가-힣ᄀ-ᇿ]")),
    ("ja", re.compile(r"[ぁ-ゖァ-ヺ]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("th", re.compile(r"[ก-๛]")),
    ("el", re.compile(r"[α-ωΑ-Ωάέήίόύώ]{2}")),
    ("he", re.compile(r"[א-ת]")),
    ("ar", re.compile(r"[ء-ي]")),
    ("hi", re.compile(r"[ऄ-ह]")),
    ("pa", re.compile(r"[ਅ-ਹ]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[а-яА-Я]{2}")),
)
# Bare "j-pop", "j-rock", "anime" and "german" stand on Michael Bublé and the Scorpions too.
_GENRES: tuple[tuple[str, str], ...] = (
    ("ko", r"\bk-(pop|rap|indie|rock|ballad)\b|\bkpop\b|korean"),
    ("ja", r"\bj-?idol|japanese (singer|r&b|indie|hip hop)"),
    ("zh", r"mandopop|cantopop|\bc-?pop\b|chinese"),
    (
        "es",
        r"reggaeton|bachata|ranchera|rock en espanol|musica mexicana|urbano latino|trap latino"
        r"|corrido|banda\b|norteno|latin arena pop|colombian pop|mexican|puerto rican pop"
        r"|pop venezolano|argentin|gruperas|trap boricua|cumbia|^salsa|rap latina|spanish"
        r"|flamenco|latin viral pop|musica tradicional cubana",
    ),
    ("pt", r"sertanejo|\bmpb\b|pagode|forro|funk carioca|brazil|bossa nova|^samba$|axe\b|fado"),
    ("fr", r"chanson|variete francaise|french (pop|hip hop|rap|indie pop)|rap francais"),
    ("de", r"schlager|deutsch|german (pop|hip hop|rap)"),
    ("it", r"italian (pop|hip hop|rap|rock|singer)|canzone|italian adult pop"),
    ("tr", r"turkish|anadolu|arabesk"),
    ("hi", r"bollywood|filmi\b|desi pop|hindi"),
    ("pa", r"punjabi|bhangra"),
    ("id", r"indonesian|dangdut"),
    ("ar", r"arab pop|arabic hip hop|egyptian|khaleeji"),
)
_GENRE_PATTERNS = [(code, re.compile(pattern)) for code, pattern in _GENRES]

_TITLE_WORDS: dict[str, str] = {
    "en": """the you your i'm i'll i've you're it's don't can't ain't won't my and of with when what
        we they this that love want need never always heart night baby girl boy world nothing
        everything somebody someone tonight again away back down over without about through feel
        feeling wanna gonna let's for to is are was her his from life make take give keep know
        think say tell hold break falling dreaming forever sometimes yourself myself enough""",
    "es": """el los las mi amor corazon corazón vida noche quiero eres cuando como donde dónde
        porque nunca siempre contigo conmigo ella él más aquí estoy tengo hasta sin y yo tu te
        mujer cómo qué hoy ayer mañana olvidar bailar beso besos loco loca soy una del bonita
        dime sola ojos cielo canción""",
    "pt": """você não coração meu minha saudade vou amanhã então uma nós seu ele ela eu mais é
        tudo nada quando amor coisa isso pra são também bom noite""",
    "fr": """le les des mon ma mes je moi toi avec pour dans une est j'ai nous vous
        sans toujours jamais qui quand où pas vie coeur cœur nuit ça sous""",
    "de": """ich und nicht der das ist mich dich mein meine dein wir für mit auf ein eine wenn
        nur liebe herz nacht leben immer wie über zum von ohne alles""",
    "it": """il gli che non è di sono della cuore amore vita mio mia senza con perché notte più
        per ti io sei nel una quando come tutto""",
    "nl": """ik het niet een jij mijn voor zonder altijd liefde hart nacht van""",
    "sv": """jag och inte är det dig min mitt för utan aldrig alltid hjärta natt på""",
    "pl": """nie się jest mnie ciebie moja mój dla miłość noc życie""",
    "tr": """bir ben sen için değil aşk yok gibi seni beni gece bana sana""",
    "id": """aku kamu yang dan tak cinta hati untuk dengan""",
}


def _only_in_one(words: dict[str, str]) -> dict[str, str]:
    """Word → language, for words that stand in one list alone."""
    lists = {code: set(text.split()) for code, text in words.items()}
    counts = Counter(word for held in lists.values() for word in held)
    return {word: code for code, held in lists.items() for word in held if counts[word] == 1}


_TELLING = _only_in_one(_TITLE_WORDS)
_GUESTS = re.compile(r"\s*[(\[](?:feat|ft|with)\b.*$|\s+-\s+.*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def script_language(text: str) -> str | None:
    """The language that the letters of ``text`` give away, or None for Latin letters."""
    return next((code for code, pattern in _SCRIPTS if pattern.search(text)), None)


def genre_language(raw_genres: Iterable[str]) -> str | None:
    """The one language that genre words name, or None where they name none or several."""
    found = {
        code
        for genre in raw_genres
        for code, pattern in _GENRE_PATTERNS
        if pattern.search(genre.lower())
    }
    return found.pop() if len(found) == 1 else None


def title_language(title: str) -> str | None:
    """The one language whose words stand in ``title``, or None where none or several do.

    Guests and what follows " - " are not read: they are names and versions, mostly English.
    """
    words = _WORD.findall(_GUESTS.sub("", title).lower().replace("’", "'"))
    telling = {word for word in words if word in _TELLING}
    found = {_TELLING[word] for word in telling}
    if len(found) != 1:
        return None
    enough = (
        found == {"en"}
        or len(telling) > 1
        or any(len(word) >= LONG_WORD or not word.isascii() for word in telling)
    )
    return found.pop() if enough else None


def track_languages(tracks: pd.DataFrame) -> list[str | None]:
    """The language of each track, None where it is not known.

    tracks : catalogue rows; reads title, artists, raw_genres, artist_keys, instrumentalness.
    """
    titles = [title_language(title) for title in tracks["title"]]
    scripts = [
        script_language(" ".join([title, *artists]))
        for title, artists in zip(tracks["title"], tracks["artists"], strict=True)
    ]
    firm = [
        script or genre_language(genres)
        for script, genres in zip(scripts, tracks["raw_genres"], strict=True)
    ]
    artists = [keys[0] if len(keys) else "" for keys in tracks["artist_keys"]]
    speaks = _artist_languages(artists, firm, titles)
    wordless = _wordless(tracks["instrumentalness"], artists)
    return [
        WORDLESS if silent else script or _conclude(sure or speaks[artist], title)
        for silent, script, sure, artist, title in zip(
            wordless, scripts, firm, artists, titles, strict=True
        )
    ]


def _wordless(instrumentalness: pd.Series, artists: Sequence[str]) -> np.ndarray:
    """[n] bool; of an artist who mostly sings, a song that sounds instrumental is not."""
    known = instrumentalness.astype(float).dropna()
    silent = known >= INSTRUMENTAL
    by = pd.Series(artists, index=instrumentalness.index)[known.index]
    share = silent.groupby(by).transform("mean")
    return (silent & (share >= 0.5)).reindex(instrumentalness.index, fill_value=False).to_numpy()


def _conclude(surroundings: str | None, title: str | None) -> str | None:
    """From what genre or artist say and what the title says, each a language or None."""
    if surroundings is None or title is None or surroundings in _ENGLISH_TITLES:
        return surroundings or title
    return title if surroundings == title else None


def _artist_languages(
    artists: Sequence[str], firm: Sequence[str | None], titles: Sequence[str | None]
) -> dict[str, str | None]:
    """Artist → the language that speaks for all songs, or None; titles count where nothing else."""
    seen: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for artist, sure, title in zip(artists, firm, titles, strict=True):
        by_firm, by_title = seen.setdefault(artist, (Counter(), Counter()))
        if sure:
            by_firm[sure] += 1
        elif title:
            by_title[title] += 1
    return {
        artist: _speaks(by_firm) or _speaks(by_title)
        for artist, (by_firm, by_title) in seen.items()
    }


def _speaks(counts: Counter[str]) -> str | None:
    """The language of at least two songs and four in five, if there is one."""
    if not counts:
        return None
    (language, most), total = counts.most_common(1)[0], sum(counts.values())
    return language if most >= ARTIST_SONGS and most >= ARTIST_SHARE * total else None

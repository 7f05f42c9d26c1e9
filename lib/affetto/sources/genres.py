"""A small genre taxonomy beside the sources' thousands of words.

Every family is a list of word patterns; a raw genre belongs to each family whose pattern
it holds ("latin jazz" → latin, jazz).  ``_INSTEAD`` comes first, for words whose parts
mislead ("post-rock" is rock, "pop rock" both, "k-pop" not pop but k-pop).  What matches
nothing stays in ``raw_genres`` alone ("sleep", "british", "guitar").
"""

from __future__ import annotations

import re
from functools import lru_cache

#: The families, in the order in which they are shown.
GENRES = (
    "pop",
    "rock",
    "indie",
    "metal",
    "punk",
    "hip hop",
    "r&b",
    "soul & funk",
    "electronic",
    "house & techno",
    "ambient",
    "folk",
    "country",
    "jazz",
    "blues",
    "classical",
    "latin",
    "brazilian",
    "reggae",
    "african",
    "indian",
    "k-pop",
    "j-pop",
    "soundtrack",
    "gospel",
    "children",
)

_PATTERNS: dict[str, str] = {
    "pop": r"\bpop\b|(?<![kj]-)(?<![kj])pop$|boy band|girl group|mandopop|cantopop|power-pop"
    r"|schlager|\bhits?\b|neo mellow|talent show|idol|variete|chanson",
    "rock": r"rock(?!steady)|grunge|surf music|britpop|shoegaze|psych|new wave|post-punk|krautrock"
    r"|merseybeat|british invasion|madchester|alt-rock|(?<!k-)alternative$",
    "indie": r"indie|bedroom|shoegaze|dream ?pop|dreamo|chamber pop|lo-fi(?! (beats|chill|hip))"
    r"|art pop|freak folk|slowcore|stomp and holler|alternative$",
    "metal": r"metal|djent|grindcore|deathcore|thrash|doom|sludge|black-metal",
    "punk": r"punk|(?<!happy )hardcore(?! (techno|hip))|\bemo\b|screamo|ska\b|oi\b|riot grrrl"
    r"|straight edge",
    "hip hop": r"hip[ -]?hop|\brap\b|\brap$|rapper|\btrap\b|drill|grime|boom bap|g funk"
    r"|gangster|phonk|crunk|bounce|plugg|hyphy|horrorcore",
    "r&b": r"r&b|r-n-b|\brnb\b|new jack swing|quiet storm|urban contemporary",
    "soul & funk": r"\bsoul\b|doo-wop|funk(?!o)|motown|disco|boogie|groove|northern soul|go-go",
    "electronic": r"electro|\bedm\b|dubstep|drum[ -]and[ -]bass|drum-n-bass|jungle|breakbeat"
    r"|\bidm\b|synth|trance|garage(?! rock| punk)|hardstyle|big room|bass\b|future|moombahton"
    r"|chillwave|vapor|glitch|trip[ -]hop|downtempo|club|dance(?!hall)|gabber|happy hardcore"
    r"|hands up|industrial(?! metal)|complextro|rave|eurobeat|hi-?nrg|hyperpop|nu-?disco|tronica",
    "house & techno": r"house|techno|minimal-techno|chicago-house|tech\b|progressive trance"
    r"|(?<!post-)trance|psytrance|eurodance",
    "ambient": r"ambient|new[ -]age|drone|sleep|meditat|chillout|chill(?! ?(r&b|hop|rap))|lounge"
    r"|downtempo|healing|calming|nature|\brain\b|white noise|background|easy listening|lo-fi"
    r"|study|focus|spa\b|space music",
    "folk": r"folk|acoustic|singer-songwriter|songwriter|celtic|americana|traditional|nordic folk"
    r"|roots(?! reggae)|medieval|klezmer|balkan|flamenco|trova|fado",
    "country": r"country|bluegrass|honky|honky-tonk|outlaw|nashville|red dirt|cowboy|cajun|zydeco"
    r"|americana",
    "jazz": r"jazz|bebop|(?<!jack )swing|big band|hard bop|bop\b|ragtime|dixieland|bossa|fusion$"
    r"|vocal jazz|crooner|adult standards",
    "blues": r"blues|boogie-woogie|delta",
    "classical": r"classical|opera|baroque|orchestr|symphon(?!ic metal)|chamber(?! pop| psych)"
    r"|romantic(?! )|renaissance|impressionis|minimalism|choral|\bpiano\b(?! (blues|house|rock))"
    r"|violin|cello|early music|compositional|medieval|string quartet",
    "latin": r"latin|reggaeton|salsa|bachata|merengue|cumbia|tango|mariachi|ranchera|norte[nñ]"
    r"|banda|corrido|mexican|regional mex|flamenco|bolero|mambo|son cubano|cuban|spanish"
    r"|urbano|perreo|vallenato|dembow|trova|argentin|colombian|chilen|puerto|tejano|sierre[nñ]o"
    r"|grupera|musica (?!popular bras)",
    "brazilian": r"brazil|brasil|\bmpb\b|samba|pagode|sertanej|forr[oó]|bossa|ax[eé]\b|baile"
    r"|carioca|arrocha|piseiro|gaucha|funk (mtg|consciente|rave|ostentacao|bh|mandelao)|tropicalia",
    "reggae": r"reggae(?!ton)|dancehall|\bdub\b|rocksteady|\bska\b|lovers rock|soca|dub$|calypso",
    "african": r"afro(?!-cuban)|african|highlife|amapiano|kwaito|gqom|desert blues|soukous|mbalax"
    r"|naija|nigerian|ethiop|juju|azonto|bongo|raï|gnawa",
    "indian": r"indian|hindi|bollywood|filmi|carnatic|hindustani|sufi|punjabi|bhangra|desi|tamil"
    r"|telugu|ghazal|qawwali|kannada|malayalam|bhajan|pakistani",
    "k-pop": r"\bk[ -]?pop|korean|k-indie|k-rap",
    "j-pop": r"\bj[ -]?(pop|rock|dance|idol|poprock|metal|rap|core|acoustic)|japan|anime|city pop"
    r"|vocaloid|visual kei|kayokyoku|enka",
    "soundtrack": r"soundtrack|\bscore|show[ -]?tunes|musical|broadway|video game|disney|movie|film"
    r"(?!i)|hollywood|theme|theater|cabaret|epicore|anime$",
    "gospel": r"gospel|christian|worship|ccm\b|praise|hymn|church",
    "children": r"child|kids|nursery|lullab|disney",
}
_INSTEAD: dict[str, tuple[str, ...]] = {
    "k-pop": ("k-pop",),
    "j-pop": ("j-pop",),
    "pop-film": ("indian", "soundtrack"),
    "latin arena pop": ("latin", "pop"),
    "garage": ("rock", "electronic"),
    "hardcore": ("punk", "electronic"),
    "world-music": ("folk",),
    "world": ("folk",),
    "funk carioca": ("brazilian", "hip hop"),
    "hard-rock": ("rock",),
    "hip pop": ("pop", "hip hop"),
    "acoustic": ("folk",),
    "guitar": ("folk",),
    "piano": ("classical",),
    "minimal-techno": ("house & techno",),
    "mpb": ("brazilian",),
    "house": ("house & techno",),
}
_COMPILED = {family: re.compile(pattern) for family, pattern in _PATTERNS.items()}


@lru_cache(maxsize=20_000)
def families(raw: str) -> tuple[str, ...]:
    """The families of one raw genre, in the order of GENRES; empty for a word that names none."""
    word = raw.strip().casefold()
    if word in _INSTEAD:
        return _INSTEAD[word]
    return tuple(family for family in GENRES if _COMPILED[family].search(word))


def to_taxonomy(raw_genres: list[str]) -> list[str]:
    """The families of several raw genres, in the order of GENRES, without repeats."""
    found = {family for raw in raw_genres for family in families(raw)}
    return [family for family in GENRES if family in found]

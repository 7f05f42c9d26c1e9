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
    r"|merseybeat|british invasion|madchester|alt-rock|(?<!k-)alternative$|permanent wave"
    r"|mellow gold|jam band|canterbury|beatlesque|^goth$|\bprog$",
    "indie": r"indie|bedroom|shoegaze|dream ?pop|dreamo|chamber pop|lo-?fi(?! (beats|chill|hip))"
    r"|art pop|freak folk|slowcore|stomp and holler|alternative$|nu gaze|dreamgaze",
    "metal": r"metal|djent|grind|deathcore|mathcore|thrash|doom|sludge|\bnwo(bh|th)m|blackgaze"
    r"|neue deutsche harte",
    "punk": r"punk|(?<!happy )hardcore(?! (techno|hip))|\bemo\b|screamo|(?<!jamaican )"
    r"(?<!traditional )ska\b|oi\b|riot grrrl|straight edge",
    "hip hop": r"hip[ -]?hop|\brap\b|\brap$|rapper|\btrap\b|drill(?! and bass)|grime|boom bap"
    r"|g funk|gangster|phonk|crunk|(?<!future )(?<!melbourne )bounce|plugg|hyphy|horrorcore"
    r"|chicago bop",
    "r&b": r"r&b|r-n-b|\brnb\b|new jack swing|quiet storm|urban contemporary",
    "soul & funk": r"\bsoul\b|doo-wop|(?<!neuro)(?<!drum)funk(?!o)(?! (mtg|rj|bh|paulista|mandelao"
    r"|ostentacao))|motown|disco|boogie|groove(?! metal)|go-go|souldies",
    "electronic": r"electro|\bedm\b|dubstep|drum[ -]and[ -]bass|drum-n-bass|jungle|breakbeat"
    r"|\bidm\b|synth|trance|garage(?! rock| punk)|hardstyle|big room|(?<!double )bass\b|\bfuture"
    r"|moombahton|chillwave|vapou?r|glitch|trip[ -]hop|downtempo(?! deathcore)|club"
    r"|dance(?!hall)|gabber|happy hardcore|hands up|industrial(?! metal)|complextro|rave|eurobeat"
    r"|hi-?nrg|hyperpop|nu-?disco|tronica|brostep|filthstep|big beat|jump up|neurofunk|drumfunk"
    r"|(future|melbourne) bounce|\bebm\b|breakcore|mallsoft|slushwave|berlin school|dark ?wave",
    "house & techno": r"house|techno|minimal-techno|chicago-house|detroit-techno|tech\b"
    r"|(?<!post-)trance(?!core)|eurodance|aggrotech",
    "ambient": r"ambient|new[ -]age|drone(?! (metal|rock|folk))|sleep|meditat|chillout"
    r"|chill(?! ?(r&b|hop|rap))|lounge|downtempo(?! deathcore)|healing|calming|nature|\brain\b"
    r"|white noise|background|easy listening|lo-?fi(?! (indie|emo|rap|house|latino))|study|focus"
    r"|\bspa\b|space music|\byoga|wellness",
    "folk": r"folk|acoustic|singer-songwriter|songwriter|celtic|\bamericana|nordic folk"
    r"|(?<!neo-)\btraditional(?! (blues|country|funk|ska|soul))|roots(?! reggae)|medieval|klezmer"
    r"|balkan|flamenco|trova|fado|mandolin",
    "country": r"country|bluegrass|honky|honky-tonk|outlaw|nashville(?! (hip|indie))|red dirt"
    r"|cowboy|cajun|zydeco|\bamericana|jamgrass|banjo",
    "jazz": r"jazz|bebop|(?<!jack )\bswing|big band|(hard|post)[ -]bop|ragtime|dixieland|bossa"
    r"|^fusion$|crooner|adult standards|harlem renaissance|\bstride\b|tin pan alley|torch song",
    "blues": r"blues|boogie-woogie|delta",
    "classical": r"(?<!indian )(?<!hindustani )classical(?! (darkwave|metal|jazz))"
    r"|opera(?! metal)|baroque(?! pop)|(?<!jazz )(?<!man's )orchestr"
    r"|symphon(?!ic (\w+ )?(metal|rock))|chamber (ensemble|music|orchestra)|romanticism"
    r"|romantic era|^romantic$|(?<!harlem )renaissance|impressionis|minimalism|choral"
    r"|(?<!jazz )(?<!tonk )(?<!house )\bpiano$|^violin|^(modern )?cello|early music"
    r"|compositional ambient|^medieval( ensemble)?$|string quartet|neoclassicism|italian tenor"
    r"|early avant garde|anglican liturgy",
    "latin": r"latin|reggaeton|salsa|bachata|merengue|cumbia|tango|mariachi|ranchera|norte[nñ]"
    r"|banda|corrido|mexican|regional mex|flamenco|bolero|mambo|son cubano|cuban|spanish"
    r"|urbano|perreo|vallenato|dembow|trova|argentin|colombian|chilen|puerto|tejano|sierre[nñ]o"
    r"|grupera|musica (?!popular bras)|\brumba|boogaloo|bandoneon|orquesta tipica",
    "brazilian": r"brazil|brasil|\bmpb\b|samba|pagode|sertanej|forr[oó]|bossa|\bax[eé]\b|baile"
    r"|carioca|arrocha|piseiro|gaucha|funk (mtg|rj|bh|paulista|mandelao|consciente|ostentacao)"
    r"|tropicalia|velha guarda|violao|manguebeat",
    "reggae": r"reggae(?!ton)|dancehall|\bdub\b|rocksteady|\bska\b|lovers rock|\bsoca\b|calypso",
    "african": r"afro(?!-cuban)|\bafrican(?!-american)|highlife|hiplife|amapiano"
    r"|kwaito|gqom|desert blues|soukous|mbalax|naija|nigerian|ethiop|juju|azonto|bongo|raï|gnawa",
    "indian": r"\bindian\b|hindi\b|bollywood|filmi|carnatic|hindustani|sufi|punjabi|bhangra"
    r"|\bdesi\b|tamil|telugu|ghazal|qawwali|kannada|malayalam|bhajan|pakistani|\bsitar|bansuri"
    r"|khayal|veena|sarod|mantra",
    "k-pop": r"\bk[ -]?pop|korean|k-indie|k-rap",
    "j-pop": r"\bj[ -]?(pop|rock|dance|idol|poprock|metal|rap|core|acoustic)|japan|anime|city pop"
    r"|vocaloid|visual kei|kayokyoku|enka",
    "soundtrack": r"soundtrack|\bscore|show[ -]?tunes|musical|broadway|video game|disney|movie|film"
    r"(?!i)|hollywood|theme|theater|cabaret|epicore|anime$",
    "gospel": r"gospel|christian|worship|ccm\b|praise|hymn|church",
    "children": r"child|kids|nursery|lullab|disney|infantil",
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
    "mpb": ("brazilian",),
    "new romantic": ("pop", "rock"),
    "world fusion": ("folk", "jazz"),
    "scorecore": ("soundtrack",),
}
_COMPILED = {family: re.compile(pattern) for family, pattern in _PATTERNS.items()}


@lru_cache(maxsize=20_000)
def families(raw: str) -> tuple[str, ...]:
    """The families of one raw genre, in the order of GENRES; empty for a word that names none."""
    word = raw.strip().casefold()
    if word in _INSTEAD:
        return _INSTEAD[word]
    return tuple(family for family in GENRES if _COMPILED[family].search(word))

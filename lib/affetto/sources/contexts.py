"""The mood that a playlist's own words promise, read by a written rule.

1. The name is read first; the description only where the name says nothing.
2. A word list per quadrant, in the languages of the public playlists (English, Spanish,
   Portuguese, French, German, Italian, Dutch, Swedish, Polish, Turkish, Indonesian, and a
   few words of Japanese and Korean).  Words are compared whole, folded, without accents.
3. Words of exactly one quadrant: that is the context.  None, or two quadrants: no context.
4. Not read: artist radios and "This Is …" (their words are names), soundtracks, what follows
   "Cover:" or "With" in a description, links, and what stands after its first 160 characters.

It is what an editor promised, not what a listener felt; workout and driving lists are
left out on purpose, since lively is not yet pleasant.
"""

from __future__ import annotations

import re

from affetto.sources.names import fold

_WORDS: dict[str, str] = {
    "happy": """happy|happiness|feel good|feelgood|good vibes|good mood|mood booster?|cheerful|joy
        |joyful|upbeat|uplifting|sunny|sunshine|smile|party|serotonin
        |confidence boost|energy boost|good times|have a great day|wake up happy|dance party
        |feliz|felicidad|alegria|alegre|alegres|buen rollo|buen humor|buena onda|fiesta|sonrie
        |felicidade|bom humor|alto astral|animada|festa|sorriso
        |bonne humeur|heureux|joyeux|joie|fete|gute laune|glucklich|frohlich|stimmung|felice|felici
        |allegria|buonumore|vrolijk|blij|gladje|glad musik|bra humor|szczesliwy|wesolo|radosc
        |mutlu|neseli|eglence|bahagia|senang|ceria|gembira|ハッピー|元気|행복""",
    "angry": """angry|anger|rage|raging|furious|fury|aggressive|pissed|mad|hate|revenge|riot
        |headbang|mosh|enojado|enojada|enojo|rabia|furia|raiva|colere|enerve|rage quit|wut|wutend
        |zorn|arrabbiato|rabbia|boos|woede|arg|zly|zlosc|ofke|kizgin|marah|怒り|분노""",
    "sad": """sad|sadness|heartbreak|heartbroken|broken heart|broken hearts|break ?up|breakups|cry
        |crying|tears|tear drop|tearjerker|lonely|loneliness|alone again|melancholy|melancholia
        |melancholic|depressed|depressing|gloomy|heartache|sorrow|grief|down in the dumps|miss you
        |triste|tristes|tristeza|desamor|despecho|llorar|corazon roto|corta ?venas|soledad
        |sofrencia|coracao partido|chorar|saudade|fossa|chagrin|rupture|coeur brise|pleurer
        |traurig|liebeskummer|herzschmerz|trauer|tristi|tristezza|cuore spezzato|piangere
        |verdrietig|liefdesverdriet|ledsen|sorgligt|hjartesorg|smutne|smutna|smutek|huzun|aglamak
        |galau|patah hati|sedih|悲しい|失恋|泣ける|슬픔|이별""",
    "calm": """calm|calming|chill|chilled|chilling|chillout|relax|relaxed|relaxing|relaxation|sleep
        |sleepy|sleeping|peaceful|peace|serene|serenity|meditation|meditate|mindfulness|yoga|spa
        |stress free|stress relief|unwind|wind down|mellow|soothing|lullaby|lullabies|quiet
        |tranquil|gentle|study|studying|focus|concentration|deep focus|brain food|reading
        |bedtime|downtempo|zen
        |calma|tranquilo|tranquila|tranquilidad|relajante|relajacion|relajarse|dormir|sueno
        |concentracion|estudiar|sereno|paz|concentracao|relaxar|relaxante|descansar|sono|dormindo
        |calme|detente|relaxation|sommeil|douceur|paisible|etudier|zenitude
        |ruhe|ruhig|ruhige|entspannt|entspannung|entspannen|schlaf|schlafen|einschlafen
        |konzentration|gelassen|rilassante|rilassarsi|rilassati|sonno|concentrazione|tranquilli
        |rustig|ontspannen|ontspanning|slapen|lugn|lugna|avslappnad|somna|spokoj|spokojna|relaks
        |sen|huzurlu|sakin|rahatlatici|uyku|santai|tenang|tidur|眠り|リラックス|癒し|휴식|수면""",
}
_PATTERNS = {
    quadrant: re.compile(
        r"\b(?:" + "|".join(" ".join(w.split()) for w in words.split("|")) + r")\b"
    )
    for quadrant, words in _WORDS.items()
}
_READ = 160  # characters of a description; later words list artists or tell stories
_NAMES_AN_ARTIST = re.compile(
    r"^(this is\b|best of\b|.*\bradio$|.*\bsoundtracks?$|.* - ost$)", re.I
)
_NOT_READ = re.compile(
    r"(\b(cover|photo|foto|with|feat|ft|ft\.)\b:?\s.*$|https?://\S+|<[^>]*>)", re.I
)


def quadrants_in(text: str) -> set[str]:
    """Every quadrant of which ``text`` holds a word."""
    folded = fold(text)
    return {quadrant for quadrant, pattern in _PATTERNS.items() if pattern.search(folded)}


def mood_context(name: str, description: str = "") -> str | None:
    """The quadrant that a playlist promises, or None where its words promise none or several."""
    if _NAMES_AN_ARTIST.search(name.strip()):
        return None
    for text in (name, _NOT_READ.sub("", description)[:_READ]):
        found = quadrants_in(text)
        if found:
            return found.pop() if len(found) == 1 else None
    return None

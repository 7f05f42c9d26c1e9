"""Words of somebody who may want to die: nothing that music alone should answer.

A short list of plain phrases, in English and Italian.  It errs on the side of care: a note too many
does less harm than one that was missing.
"""

from __future__ import annotations

import re

from affetto.text.words import without_accents

#: Whom to call, in one sentence.  112 is the emergency number of Europe, 988 the crisis line of the
#: United States (988lifeline.org) and Canada (988.ca).
WHERE = "findahelpline.com"  # free and confidential lines of most countries
HELP = (
    "You don't have to be alone with this: call 112 in Europe, 988 in the USA or Canada, or find "
    f"somebody to talk to near you at {WHERE}."
)
_PHRASES = (
    r"(?:want to|wanna|going to) die", r"wish i (?:was|were) dead", r"better off dead",
    r"kill(?:ing)? myself", r"end(?:ing)? (?:my life|it all)", r"tak(?:e|ing) my (?:own )?life",
    r"suicid(?:e|al)", r"(?:want to|wanna|going to) (?:hurt|harm|cut) myself", r"self harm(?:ing)?",
    r"(?:don'?t|do not) want to (?:live|be alive|wake up)", r"no reason to live",
    r"(?:want to|wanna|could|like to) (?:just )?(?:sleep|fall asleep) forever",
    r"(?:sleep|asleep|to bed) (?:\w+ ){0,2}(?:never|not) wake up",
    r"(?:voglio|vorrei|desidero) (?:solo )?morire", r"vorrei essere mort[oa]",
    r"(?:mi uccido|uccidermi|ammazzarmi|mi ammazzo)", r"farla finita", r"togliermi la vita",
    r"suicid(?:io|armi|a)", r"(?:farmi|mi faccio) del male",
    r"non (?:voglio|ho voglia di) (?:piu )?vivere", r"non ha senso vivere",
    r"dormire per sempre", r"non (?:ri)?svegliarmi (?:mai )?piu",
)  # fmt: skip
_GRAVE = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b(?! (?:laughing|dal ridere))")


def grave_words(text: str) -> str | None:
    """The first such phrase in a sentence, plainly spelled; None where there is none."""
    plain = without_accents(text.casefold().replace("’", "'"))
    found = _GRAVE.search(" ".join(re.findall(r"[\w']+", plain)))
    return found.group(0) if found else None

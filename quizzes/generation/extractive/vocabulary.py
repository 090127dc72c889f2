"""English words that rules of reading turn on."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Nouns and adjectives that name nothing by themselves.
VAGUE = _set(
    "number lot set kind type sort way case part piece bit list example result thing one other "
    "use form amount variety series range fact time place people person user something anything "
    "everything nothing reason problem issue point matter question idea purpose need order end "
    "same different first last next new own available various several many few more most some any "
    "certain particular following previous above below such another each every all both either "
    "detail information aspect advantage disadvantage difference effect course section chapter "
    "manual document reader author page figure table note text name facility related"
)
NOT_ASKED_FOR = _set("such no any some other another each")
NAMING_VERBS = _set("call term name know")
# Verbs that say how a thing is, not what it does.
STATE_VERBS = _set(
    "have need contain consist comprise include require depend belong mean say refer become "
    "conform hold exist own cost resemble differ remain apply want know seem appear live lie "
    "stand involve correspond denote represent stem result"
)
# A predicate with one of these at its head is a judgement, no fact to be asked for.
JUDGEMENTS = _set(
    "important useful difficult easy simple hard good bad better best nice great interesting "
    "crucial helpful powerful convenient clear possible necessary appropriate common sure "
    "likely reasonable willing happy worth able quirky handy desirable preferable acceptable"
)

FIRST_PERSON = _set("i we us our ours me my mine ourselves let")
PRONOUNS = _set("it its itself he she they them their theirs his her him")
# Words that lean on what was said before.
LEANING = _set(
    "such another others similar similarly likewise instead otherwise then therefore however "
    "here now again too else latter former aforementioned respective respectively further "
    "furthermore above below following previous next last equally accordingly conversely "
    "subsequently namely exactly alternatively hereby thereby therein thus hence yet "
    "nevertheless already still"
)
HEDGES = _set("may might could perhaps probably maybe possibly hopefully presumably seem seems")
# What a text says of itself is no matter for a question.
SELF = _set(
    "section chapter appendix manual document book guide tutorial figure table page paragraph "
    "footnote example exercise reader author text introduction listing snippet"
)
META_VERBS = _set(
    "describe discuss document explain mention illustrate cover outline refer see show present "
    "note consider suppose assume imagine recommend suggest hope think believe"
)

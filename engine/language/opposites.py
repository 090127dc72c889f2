"""Words that turn a sentence's meaning: negations, quantifiers, modals and opposites."""

from __future__ import annotations

from functools import lru_cache

from engine.language.words import base_language, word_set

_NEGATIONS = {
    "en": "not n't no never none nobody nothing neither nor without cannot hardly nowhere",
    "de": "nicht nie niemals kein keine keinen keiner keinem keines nichts niemand ohne weder",
    "hi": "नहीं न मत बिना कभी",
    "fr": "pas jamais aucun aucune rien sans ni personne",
    "es": "no nunca ningún ninguno ninguna nada sin jamás nadie",
}
# Words that claim all of a kind, or all times.
_ALL = {
    "en": "all every each any always everyone everybody everything anyone anybody anything "
    "whatever whichever none nobody never entirely completely wholly invariably universally "
    "exclusively no nothing",
    "de": "alle allen aller alles jede jeder jedes jeden jedem immer stets ausnahmslos sämtliche",
    "hi": "सभी सब हर प्रत्येक हमेशा सदा",
    "fr": "tous toutes tout toute chaque toujours",
    "es": "todos todas todo toda cada siempre",
}
# Words that claim a part of a kind, or some times.
_SOME = {
    "en": "some many most much several few usually often sometimes mostly generally typically "
    "commonly normally frequently almost nearly mainly such tend partly rarely occasionally "
    "example certain various except unless largely roughly approximately",
    "de": "einige manche viele meist meistens oft häufig manchmal fast etwa meisten teils "
    "gewöhnlich beispielsweise außer",
    "hi": "कुछ अधिकांश कई सामान्यतः प्रायः अक्सर अधिकतर मुख्यतः लगभग",
    "fr": "certains certaines plusieurs souvent parfois généralement presque quelques",
    "es": "algunos algunas varios varias muchos muchas suele generalmente casi",
}
_MUST = {
    "en": "must shall definitely certainly necessarily undoubtedly compulsory mandatory obliged "
    "required inevitably surely guaranteed certain",
    "de": "muss müssen zwingend sicher bestimmt unbedingt verpflichtet",
}
_MAY = {
    "en": "may might can could possibly perhaps probably likely optional allowed permitted maybe "
    "sometimes often usually tend",
    "de": "kann können darf dürfen mag könnte könnten vielleicht möglicherweise wahrscheinlich",
}

# Each line: words of one side / words of the other; dictionary forms, adverbs without -ly.
_OPPOSITES_TEXT = """
increase rise grow raise climb enlarge expand / decrease fall drop lower decline reduce shrink
increase rise raise lengthen extend / shorten lessen diminish decrease reduce
more most great high large big long much many major / less least few small low little short minor
above over exceed beyond / below under beneath
large big great wide broad / small little tiny narrow
long / short brief
high tall / low
thick / thin
before earlier precede prior first / after later follow afterwards subsequent last
begin start commence initial / end stop finish cease final
early / late
start / stop
open / close shut
fast quick rapid / slow gradual
hot warm heat / cold cool
warm heat / cool
strong / weak
heavy / light
hard difficult / easy simple
hard firm rigid stiff / soft limp
rough coarse / smooth
better good best improve / worse bad worst worsen
safe harmless / dangerous unsafe harmful risky
true right correct / false wrong incorrect
positive plus / negative minus
upper top up upward above / lower bottom down downward
inside inner internal inward / outside outer external outward
enter / leave exit
in into / out
import / export
absorb / release emit
absorb / reflect
attract / repel
push / pull
arrive / leave depart
north northern / south southern
east eastern / west western
left / right
day daytime daylight / night darkness dark
light bright / dark
dry / wet moist damp
full / empty
saturated / unsaturated
mutable / immutable
elastic / inelastic
direct / indirect
active / passive
acid acidic / alkaline basic
solid / liquid gas
rich / poor
cheap / dear expensive
buy / sell
supply / demand
income revenue / cost expense expenditure
profit / loss
win victory / lose defeat
attack / defend
war / peace
birth born / death die
young / old
new / old
ancient / modern
rare seldom / common frequent often
always / never
all / none
everything / nothing
everyone / nobody
with / without
include contain / exclude lack
add / subtract remove
multiply / divide
sum / product
sum / difference
maximum max most / minimum min least
allow permit / forbid prohibit ban prevent
allowed permitted / forbidden prohibited banned
accept / reject refuse
agree / disagree
possible / impossible
necessary essential required / unnecessary optional
present / absent
presence / absence
connect join / disconnect separate
build / destroy
create / destroy
succeed success / fail failure
same equal identical / different unequal
similar / different
even / odd
single / multiple
simple / complex
local / global
public / private
natural / artificial
real / imaginary
visible / invisible
known / unknown
stable / unstable
living alive / dead
male / female
parent / child
horizontal / vertical
vein / artery
anode / cathode
oxidation oxidise / reduction
endothermic / exothermic
evaporate evaporation / condense condensation
freeze freezing / melt melting
ascend / descend
forward forwards / backward backwards
clockwise / anticlockwise
deep / shallow
sharp / blunt
sell / buy
lend / borrow
export / import
rational / irrational
voluntary / compulsory
shorten / lengthen
advantage benefit / disadvantage drawback
cause / prevent
protect / damage harm
swell / shrink
accelerate / decelerate slow
majority / minority
above / below
upstream / downstream
beginning / end
"""
_GERMAN_OPPOSITES = """
mehr / weniger
größer groß / kleiner klein
höher hoch / niedriger niedrig
länger lang / kürzer kurz
schneller schnell / langsamer langsam
stärker stark / schwächer schwach
vor vorher zuerst / nach nachher danach zuletzt
anfang beginn / ende schluss
immer / nie
betont / unbetont
trennbar / untrennbar
öffnen offen / schließen geschlossen
steigen zunehmen erhöhen / sinken abnehmen fallen senken
warm heiß / kalt kühl
innen / außen
oben / unten
zusammen / auseinander getrennt
mit / ohne
alt / neu
früh / spät
links / rechts
nord norden / süd süden
ost osten / west westen
tag / nacht
"""
_HINDI_OPPOSITES = """
अधिक ज़्यादा / कम
बड़ा बड़ी बड़े / छोटा छोटी छोटे
उच्च ऊँचा / निम्न नीचा
तेज़ी तेज़ / धीरे धीमा
पहले / बाद
आरंभ शुरू / अंत समाप्त
पूर्वी पूरब पूर्व / पश्चिमी पश्चिम
उत्तर उत्तरी / दक्षिण दक्षिणी
गर्म / ठंडा ठंडी
"""
_TEXTS = {"en": _OPPOSITES_TEXT, "de": _GERMAN_OPPOSITES, "hi": _HINDI_OPPOSITES}


def negations(language: str) -> frozenset[str]:
    return word_set(_NEGATIONS.get(base_language(language), ""))


def universals(language: str) -> frozenset[str]:
    return word_set(_ALL.get(base_language(language), ""))


def partials(language: str) -> frozenset[str]:
    return word_set(_SOME.get(base_language(language), ""))


def obligations(language: str) -> frozenset[str]:
    return word_set(_MUST.get(base_language(language), ""))


def possibilities(language: str) -> frozenset[str]:
    return word_set(_MAY.get(base_language(language), ""))


@lru_cache(maxsize=8)
def opposites(language: str) -> dict[str, frozenset[str]]:
    """Returns for each word the words of the opposite sense, all as dictionary forms."""
    found: dict[str, set[str]] = {}
    for line in _TEXTS.get(base_language(language), "").strip().splitlines():
        one, other = (side.split() for side in line.split("/"))
        for left in one:
            for right in other:
                if left != right:
                    found.setdefault(left, set()).add(right)
                    found.setdefault(right, set()).add(left)
    return {word: frozenset(others) for word, others in found.items()}

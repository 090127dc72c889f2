"""Wording that a question must not have, by language."""

from __future__ import annotations

import re
from functools import partial

_words = partial(re.compile, flags=re.IGNORECASE)

# Nothing but an answer for all the others. "None" and "all of them" alone are answers of their own.
BLANKET_CHOICE = _words(
    r"^\W*(?:(?:all|none|both|any|neither|each|more than one) of (?:the )?"
    r"(?:above|foregoing|(?:other|above|given|previous) (?:answers|choices|options))"
    r"|(?:all|none) of (?:these|those)(?: answers| choices| options)?"
    r"(?: (?:is|are) (?:right|wrong|true|false|correct|incorrect))?"
    r"|(?:both|either) (?:answers?|choices?|options?) [a-f] (?:and|or) [a-f]"
    r"|(?:all|none) (?:of )?(?:the )?(?:answers|choices|options)"
    r"(?: above| are (?:right|wrong|correct|incorrect))"
    r"|(?:alle|keine) (?:der |die )?(?:oben )?(?:genannten|obigen|bisherigen)(?: antworten)?"
    r"|(?:alle|keine der|keine) antworten (?:sind |ist )?(?:richtig|falsch|korrekt)"
    r"|(?:todas|ninguna|todos|ninguno) (?:de )?(?:las|los) (?:respuestas )?anteriores"
    r"|(?:toutes|aucune) (?:les|des|de ces) (?:réponses|propositions)(?: précédentes| ci-dessus)"
    r"|aucune de ces réponses|(?:tutte|nessuna) (?:le|delle) (?:risposte )?precedenti"
    r"|(?:todas|nenhuma) (?:as|das) (?:respostas |alternativas )?anteriores"
    r"|(?:alle|geen) (?:van )?(?:de )?bovenstaande(?: antwoorden)?"
    r"|wszystkie powyższe|żadn[ea] z powyższych"
    r"|вс[её] (?:выше)?перечисленное|ни(?:чего| одно) из (?:выше)?перечисленного"
    r"|(?:उपरोक्त|उपर्युक्त|ऊपर के) (?:सभी|सब)"
    r"|(?:इनमें|उपरोक्त में|उपर्युक्त में) से (?:सभी|कोई(?: भी)? नहीं))\W*$"
)

_PART = r"(?:sentence|paragraph|line|word|row|column|cell|block|bullet|step|example)"
_TEXT = r"(?:passage|excerpt|extract)"
_SHOWN = (
    r"(?:table|figure|diagram|picture|image|code|block of code|list|text|formula|equation|graph)"
)
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|last|next|previous|final|\d+(?:st|nd|rd|th))"
# Whoever has only the question before them cannot answer it. `_WITH_ITS_TEXT` is for stems that
# bring what they point to.
NEEDS_THE_TEXT = _words(
    rf"\bthe (?:{_ORDINAL} )?{_TEXT} (?:above|below)\b(?!\s+(?:the|an?|its|this|that|sea|ground)\b)"
    rf"|\b{_SHOWN} (?:above|below)(?=\s*(?:[.,;:?!)]|$))"
    rf"|\b(?:{_SHOWN}|{_TEXT}) (?:\w+ )?(?:shown|given|listed|printed|quoted|reproduced) "
    r"(?:above|below)\b"
    r"|\b(?:shown|listed|described|mentioned|given|stated|explained) "
    r"(?:above|below|earlier|overleaf)(?=\s*(?:[.,;:?!)]|$))"
    r"|\b(?:shown|listed|described|mentioned|given|see|look at|stated) (?:in |on )?(?:the )?"
    r"(?:figure|fig\.|table|page|diagram|section|chapter) \d"
    rf"|\blook (?:again |back |once more )?at the {_ORDINAL} {_PART}\b"
    rf"|\b{_ORDINAL} {_PART} (?:of|in) the (?:{_ORDINAL} )?{_TEXT}\b"
    rf"|\b{_ORDINAL} {_PART} (?:of|in) the {_SHOWN} (?:above|below)\b"
    r"|\b(?:im|des) (?:obigen|vorliegenden|obenstehenden|vorstehenden) "
    r"(?:text|abschnitt|auszug)e?s?\b"
    r"|\b(?:en|del?) (?:el )?(?:texto|pasaje|fragmento) anterior\b"
    r"|\btexte ci-dessus\b|\bbrano precedente\b|\btexto acima\b"
    r"|(?:उपरोक्त|उपर्युक्त|ऊपर दिए गए) (?:गद्यांश|अनुच्छेद|पाठ)"
)

NEGATIONS = _words(
    r"\b(?:not|never|no|none|neither|nor|cannot|without|except|un(?:true|likely|able)|incorrect"
    r"|false|fail(?:s|ed)?|nicht|kein\w*|nie|ohne|außer|nunca|jamais|pas|sans|sauf|senza|sem|sin)\b"
    r"|n['\u2019]t\b"
)

# Whoever takes tests often takes sweeping statements for false and careful ones for true.
ABSOLUTE = {
    "en": _words(
        r"\b(?:always|never|only|all|every|none|nothing|solely|exclusively|entirely|completely"
        r"|impossible|must always|no one|nobody|in every case|without exception)\b"
    ),
    "de": _words(
        r"\b(?:immer|nie(?:mals)?|nur|alle[nrs]?|jede[nrs]?|ausschließlich|ausnahmslos)\b"
    ),
    "fr": _words(r"\b(?:toujours|jamais|seulement|uniquement|tou(?:s|tes)|aucune?|chaque)\b"),
    "es": _words(
        r"\b(?:siempre|nunca|jamás|sólo|solamente|únicamente|tod[oa]s|ningun[oa]?|cada)\b"
    ),
    "it": _words(r"\b(?:sempre|mai|solo|soltanto|unicamente|tutt[ei]|nessun[oa]?|ogni)\b"),
    "pt": _words(r"\b(?:sempre|nunca|jamais|só|somente|apenas|tod[oa]s|nenhuma?|cada)\b"),
    "nl": _words(r"\b(?:altijd|nooit|alleen|uitsluitend|alle|iedere?|elke?|geen enkele?)\b"),
    "hi": _words(r"(?<!\w)(?:हमेशा|सदा|कभी नहीं|केवल|सिर्फ़|सभी|हर|कोई नहीं)(?!\w)"),
}
HEDGED = {
    "en": _words(
        r"\b(?:some|sometimes|often|usually|generally|typically|tends?|may|might|can|could|most|many"
        r"|partly|in part|at least some|in some cases|not always|not all)\b"
    ),
    "de": _words(
        r"\b(?:einige[nrs]?|manche[nrs]?|manchmal|oft|meist(?:ens)?|häufig|kann|können|teilweise)\b"
    ),
    "fr": _words(r"\b(?:certaine?s?|parfois|souvent|généralement|peu(?:t|vent)|en partie)\b"),
    "es": _words(r"\b(?:algun[oa]s|a veces|a menudo|generalmente|puede[n]?|en parte)\b"),
    "it": _words(r"\b(?:alcun[ei]|talvolta|spesso|generalmente|può|possono|in parte)\b"),
    "pt": _words(r"\b(?:algun?s|algumas|às vezes|geralmente|pode[m]?|em parte)\b"),
    "nl": _words(r"\b(?:sommige|soms|vaak|meestal|kan|kunnen|deels)\b"),
    "hi": _words(r"(?<!\w)(?:कुछ|कभी-कभी|अक्सर|प्रायः|सकता है|सकते हैं|सकती है)(?!\w)"),
}

# "Which of these ..." points to the choices, which the learner does see.
QUESTION_FRAME = _words(
    r"\b(?:which|what)(?: one)? of (?:these|the following)\b|\bthe following (?=statements?\b)"
    r"|\bwelche \w+ (?:der )?folgenden\b|\bcuál de (?:estas|estos|las siguientes|los siguientes)\b"
    r"|\blaquelle de ces\b|\blequel de ces\b|\bqual[ei]? (?:di queste|di questi|destas|destes)\b"
)

STATEMENT_OPENING = _words(r"^(?:it|they)\b")

_ENGLISH = (
    r"\b(?:this|these|those|aforementioned|the following|the former|the latter|hereafter)\b"
    r"|\b(?:as )?follows\b|\bsuch (?!as\b)(?:an? )?\w+"
    r"|\bthe (?:above|previous|preceding|next|last) \w+"
    r"|\babove(?=\s*[.,;:)]|\s*$)|\bbelow(?=\s*[.,;:)]|\s*$)"
    r"|\b(?:described|mentioned|shown|listed|discussed|explained|given|noted|seen) "
    r"(?:above|below|earlier|later|before|here|in (?:the )?(?:section|chapter|figure|table))\b"
    r"|\b(?:see|in) (?:also|section|chapter|appendix|figure|fig\.|table|page)\b"
    r"|\b(?:section|chapter|figure|table|appendix|page) (?:\d|[A-Z]\b)"
    r"|^(?:it|they|he|she|its|their|his|her|such|here|thus|hence|therefore|however|also|but|and|or"
    r"|so|otherwise|instead|similarly|likewise|then|moreover|furthermore|consequently"
    r"|additionally|nevertheless)\b"
    r"|\bfor example,? see\b|\bsee \["
)

DANGLING = {
    "en": _words(_ENGLISH),
    "de": _words(
        r"\b(?:dies|diese[rsmn]?|jene[rsmn]?|folgende[rsmn]?|oben|obige[rsmn]?|nachfolgende[rsmn]?"
        r"|vorherige[rsmn]?|siehe|vgl|solche[rsmn]?)\b|\b(?:abschnitt|kapitel|abbildung|tabelle) \d"
        r"|^(?:er|sie|es|ihr|sein|hier|daher|deshalb|jedoch|aber|und|oder|dabei|dazu|dann|so|auch"
        r"|außerdem|dadurch|damit|darum|dafür)\b"
    ),
    "es": _words(
        r"\b(?:est[aeo]s?|es[aeo]s?|dich[oa]s?|siguientes?|anterior(?:es)?|véase|arriba|abajo"
        r"|aquell?[oa]s?)\b|\b(?:sección|capítulo|figura|tabla) \d"
        r"|^(?:él|ella|ellos|ellas|su|sus|aquí|así|pero|y|o|además|también|entonces|luego"
        r"|sin embargo|por tanto|por ello)\b"
    ),
    "fr": _words(
        r"\b(?:cet|cette|ces|celui|celle|ceux|celles|suivante?s?|précédente?s?|ci-dessus|ci-dessous"
        r"|voir|ledit|ladite|ceci|cela)\b|\b(?:section|chapitre|figure|tableau) \d"
        r"|^(?:il|elle|ils|elles|ce|son|sa|ses|leurs?|ici|ainsi|mais|et|ou|donc|puis|aussi"
        r"|cependant|toutefois)\b"
    ),
    "it": _words(
        r"\b(?:quest[oaie]|quell[oaie]|seguent[ei]|precedent[ei]|suddett[oaie]|vedi|sopra|sotto)\b"
        r"|\b(?:sezione|capitolo|figura|tabella) \d"
        r"|^(?:egli|ella|esso|essa|essi|esse|suo|sua|qui|così|ma|e|o|inoltre|anche|quindi|poi"
        r"|tuttavia)\b"
    ),
    "pt": _words(
        r"\b(?:est[ea]s?|isto|iss[oa]|ess[ea]s?|seguintes?|anterior(?:es)?|acima|abaixo|dit[oa]s?"
        r"|aquel[ea]s?)\b|\b(?:seção|secção|capítulo|figura|tabela) \d"
        r"|^(?:ele|ela|eles|elas|seu|sua|seus|suas|aqui|assim|mas|e|ou|também|além|então|portanto"
        r"|porém)\b"
    ),
    "nl": _words(
        r"\b(?:deze|dit|die|volgende|vorige|hierboven|hieronder|zie|zulke)\b"
        r"|\b(?:hoofdstuk|sectie|figuur|tabel) \d"
        r"|^(?:hij|zij|ze|het|hun|hier|dus|maar|en|of|ook|daarom|echter|dan)\b"
    ),
}

"""Wording that a question must not have, by language."""

from __future__ import annotations

import re


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


BLANKET_CHOICE = _words(
    r"\b(?:all|none|both|any|neither) of (?:the )?(?:above|these|them|those|other)\b"
    r"|\b(?:both|either) [a-d] (?:and|or) [a-d]\b|^(?:all|none|both|neither)\W*$"
    r"|\balle (?:der )?(?:genannten|obigen)|\bkeine der (?:genannten|obigen|antworten)"
    r"|\b(?:todas|ninguna|todos|ninguno) (?:de )?(?:las|los)? ?(?:anteriores|respuestas)"
    r"|\b(?:toutes|tous|aucune?) (?:les|des) (?:réponses|précédente?s)"
    r"|\b(?:tutte|nessuna) (?:le|delle) (?:precedenti|risposte)"
)

# "Which of these ..." points to the choices, which the learner does see.
QUESTION_FRAME = _words(
    r"\b(?:which|what)(?: one)? of (?:these|the following)\b|\bthe following (?=statements?\b)"
    r"|\bwelche \w+ (?:der )?folgenden\b|\bcuál de (?:estas|estos|las siguientes|los siguientes)\b"
    r"|\blaquelle de ces\b|\blequel de ces\b|\bqual[ei]? (?:di queste|di questi|destas|destes)\b"
)

STATEMENT_OPENING = _words(r"^(?:it|they)\b")

_ENGLISH = (
    r"\b(?:this|these|those|aforementioned|the following|the former|the latter|hereafter)\b"
    r"|\b(?:as )?follows\b|\bsuch (?:an? )?\w+|\bthe (?:above|previous|preceding|next|last) \w+"
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

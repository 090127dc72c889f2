"""What the engine itself says in questions and explanations, by language.

A language without an entry gets no questions: half of each would be in another language.
`{}` fields are filled with words of the text, which no phrase makes it necessary to inflect.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.words import base_language


@dataclass(frozen=True, slots=True)
class Wording:
    subject: str
    name_for: str
    match_terms: str
    cell: str
    row_with: str
    most: str
    least: str
    in_range: str
    match_rows: str
    order: str
    means: str
    belongs: str
    right_order: str
    falls_in: str


_ALL = {
    "en": Wording(
        subject="{subject}: {question}",
        name_for="Which term fits this description? “{definition}”",
        match_terms="{subject}: match each term with its description.",
        cell="{subject}: for “{row}”, what is the {column}?",
        row_with="{subject}: for which of these is the {column} “{cell}”?",
        most="{subject}: which of these has the highest {column}?",
        least="{subject}: which of these has the lowest {column}?",
        in_range="{subject}: what is the {column} if the {first} is {value}?",
        match_rows="{subject}: match each {first} with its {column}.",
        order="{subject}: put these steps in the right order.",
        means="“{term}”: {definition}.",
        belongs="{row}: {cell}.",
        right_order="The order is: {steps}.",
        falls_in="{value} falls under “{row}”, for which the {column} is {cell}.",
    ),
    "de": Wording(
        subject="{subject}: {question}",
        name_for="Welcher Begriff passt zu dieser Beschreibung? „{definition}“",
        match_terms="{subject}: Ordnen Sie jedem Begriff seine Beschreibung zu.",
        cell="{subject}: Welche Angabe gehört bei „{row}“ zu „{column}“?",
        row_with="{subject}: Wobei lautet die Angabe zu „{column}“ so: „{cell}“?",
        most="{subject}: Wobei ist der Wert für „{column}“ am höchsten?",
        least="{subject}: Wobei ist der Wert für „{column}“ am niedrigsten?",
        in_range="{subject}: Welche Angabe zu „{column}“ gilt, wenn „{first}“ {value} beträgt?",
        match_rows="{subject}: Ordnen Sie jedem Eintrag die Angabe zu „{column}“ zu.",
        order="{subject}: Bringen Sie diese Schritte in die richtige Reihenfolge.",
        means="„{term}“: {definition}.",
        belongs="{row}: {cell}.",
        right_order="Die Reihenfolge ist: {steps}.",
        falls_in="{value} gehört zu „{row}“; dort steht unter „{column}“: {cell}.",
    ),
    "fr": Wording(
        subject="{subject} : {question}",
        name_for="Quel terme correspond à cette description ? « {definition} »",
        match_terms="{subject} : associez chaque terme à sa description.",
        cell="{subject} : quelle est l\u2019indication « {column} » pour « {row} » ?",
        row_with="{subject} : à quoi correspond l\u2019indication « {cell} » ({column}) ?",
        most="{subject} : où la valeur « {column} » est-elle la plus élevée ?",
        least="{subject} : où la valeur « {column} » est-elle la plus basse ?",
        in_range="{subject} : quelle est l\u2019indication « {column} » pour {value} ({first}) ?",
        match_rows="{subject} : associez chaque entrée à son indication « {column} ».",
        order="{subject} : remettez ces étapes dans l\u2019ordre.",
        means="« {term} » : {definition}.",
        belongs="{row} : {cell}.",
        right_order="L\u2019ordre est le suivant : {steps}.",
        falls_in="{value} relève de « {row} » ; l\u2019indication « {column} » y est : {cell}.",
    ),
    "es": Wording(
        subject="{subject}: {question}",
        name_for="¿Qué término corresponde a esta descripción? «{definition}»",
        match_terms="{subject}: relacione cada término con su descripción.",
        cell="{subject}: ¿qué dato de «{column}» corresponde a «{row}»?",
        row_with="{subject}: ¿a qué corresponde el dato «{cell}» ({column})?",
        most="{subject}: ¿dónde es más alto el valor de «{column}»?",
        least="{subject}: ¿dónde es más bajo el valor de «{column}»?",
        in_range="{subject}: ¿qué dato de «{column}» se aplica a {value} ({first})?",
        match_rows="{subject}: relacione cada entrada con su dato de «{column}».",
        order="{subject}: ponga estos pasos en el orden correcto.",
        means="«{term}»: {definition}.",
        belongs="{row}: {cell}.",
        right_order="El orden es: {steps}.",
        falls_in="{value} entra en «{row}», cuyo dato de «{column}» es: {cell}.",
    ),
    "it": Wording(
        subject="{subject}: {question}",
        name_for="Quale termine corrisponde a questa descrizione? «{definition}»",
        match_terms="{subject}: abbina ogni termine alla sua descrizione.",
        cell="{subject}: quale dato «{column}» corrisponde a «{row}»?",
        row_with="{subject}: a che cosa corrisponde il dato «{cell}» ({column})?",
        most="{subject}: dove il valore «{column}» è più alto?",
        least="{subject}: dove il valore «{column}» è più basso?",
        in_range="{subject}: quale dato «{column}» vale per {value} ({first})?",
        match_rows="{subject}: abbina ogni voce al suo dato «{column}».",
        order="{subject}: metti questi passi nell\u2019ordine giusto.",
        means="«{term}»: {definition}.",
        belongs="{row}: {cell}.",
        right_order="L\u2019ordine è: {steps}.",
        falls_in="{value} rientra in «{row}», dove il dato «{column}» è: {cell}.",
    ),
    "pt": Wording(
        subject="{subject}: {question}",
        name_for="Que termo corresponde a esta descrição? «{definition}»",
        match_terms="{subject}: associe cada termo à sua descrição.",
        cell="{subject}: que dado de «{column}» corresponde a «{row}»?",
        row_with="{subject}: a que corresponde o dado «{cell}» ({column})?",
        most="{subject}: onde é mais alto o valor de «{column}»?",
        least="{subject}: onde é mais baixo o valor de «{column}»?",
        in_range="{subject}: que dado de «{column}» se aplica a {value} ({first})?",
        match_rows="{subject}: associe cada entrada ao seu dado de «{column}».",
        order="{subject}: coloque estes passos na ordem certa.",
        means="«{term}»: {definition}.",
        belongs="{row}: {cell}.",
        right_order="A ordem é: {steps}.",
        falls_in="{value} pertence a «{row}», cujo dado de «{column}» é: {cell}.",
    ),
    "nl": Wording(
        subject="{subject}: {question}",
        name_for="Welk begrip past bij deze beschrijving? “{definition}”",
        match_terms="{subject}: zoek bij elk begrip de juiste beschrijving.",
        cell="{subject}: welk gegeven onder “{column}” hoort bij “{row}”?",
        row_with="{subject}: waarbij hoort het gegeven “{cell}” ({column})?",
        most="{subject}: waarbij is de waarde van “{column}” het hoogst?",
        least="{subject}: waarbij is de waarde van “{column}” het laagst?",
        in_range="{subject}: welk gegeven onder “{column}” geldt voor {value} ({first})?",
        match_rows="{subject}: zoek bij elk onderdeel het juiste gegeven onder “{column}”.",
        order="{subject}: zet deze stappen in de juiste volgorde.",
        means="“{term}”: {definition}.",
        belongs="{row}: {cell}.",
        right_order="De volgorde is: {steps}.",
        falls_in="{value} valt onder “{row}”; bij “{column}” hoort daar: {cell}.",
    ),
    "ru": Wording(
        subject="{subject}: {question}",
        name_for="Какой термин соответствует этому описанию? «{definition}»",
        match_terms="{subject}: найдите описание для каждого термина.",
        cell="{subject}: какие данные в графе «{column}» относятся к строке «{row}»?",
        row_with="{subject}: в какой строке указано «{cell}» ({column})?",
        most="{subject}: в какой строке наибольшее значение в графе «{column}»?",
        least="{subject}: в какой строке наименьшее значение в графе «{column}»?",
        in_range="{subject}: какие данные в графе «{column}» подходят для {value} ({first})?",
        match_rows="{subject}: найдите для каждой строки данные графы «{column}».",
        order="{subject}: расположите эти шаги в правильном порядке.",
        means="«{term}»: {definition}.",
        belongs="{row}: {cell}.",
        right_order="Правильный порядок: {steps}.",
        falls_in="{value}: это строка «{row}», в графе «{column}» указано: {cell}.",
    ),
}


def wording(language: str) -> Wording | None:
    return _ALL.get(base_language(language))

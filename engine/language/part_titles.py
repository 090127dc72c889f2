"""The names of a book's parts that are not taught, as their headings print them, by language.

The only place that lists them: reading marks the parts by it, and planning leaves them out. A
name counts when it is the whole heading: "Index" is one, "Refractive index" is a subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_NUMBER = r"(?:\s+\(?\d{1,2}(?:\.\d{1,2})*\)?)?"
_REST = r"(?:\s*[:.\u2013\u2014-]\s*.{1,80})?"

_NAMES = {
    "front": r"""
preface|foreword|acknowledge?ments?|thanks|dedication|copyright( notice| page| information)?
|legal notices?|disclaimer|colophon|imprint|credits|contributors|trademarks|title page
|about (this|the) (book|manual|document|guide|authors?)|revision history|document history
|how to use this book
|vorwort|geleitwort|danksagung|impressum|rechtliche hinweise
|über (dieses (buch|handbuch|dokument)|den autor|die autorin|die autoren)
|préface|avant-propos|remerciements|mentions légales|à propos de (ce (livre|manuel|document)
|l.auteur)
|prefacio|prólogo|agradecimientos|aviso legal|acerca de este (libro|manual|documento)
|prefazione|ringraziamenti|note legali|prefácio|agradecimentos|nota do autor
|voorwoord|dankwoord|woord vooraf|colofon|förord|forord|предисловие|от авторов?|благодарности
|आमुख|प्राक्कथन|आभार|দুটি কথা|ভূমিকা কথা|مقدمة الناشر|شكر وتقدير|תודות|פתח דבר
|致谢|致謝|前言|序言|まえがき|序文|謝辞
""",
    "contents": r"""
(table of )?contents|(short|brief|detailed) contents
|list of (figures|tables|examples|listings|abbreviations|plates)|(list of )?illustrations
|inhalt|inhaltsverzeichnis|inhaltsübersicht|abbildungsverzeichnis|tabellenverzeichnis
|table des matières|sommaire|liste des (figures|tableaux|illustrations)
|índice( general| de contenidos)?|contenidos?|tabla de contenidos?|sommario|indice( generale)?
|sumário|índice geral|inhoud|inhoudsopgave|содержание|оглавление
|विषय[\s-]?(सूची|वस्तु|सूचि)|সূচি ?পত্র|সূচীপত্র|பொருளடக்கம்|المحتويات|فهرس المحتويات
|תוכן (ה)?עניינים
|目录|目錄|目次
""",
    "index": r"""
(alphabetical |general |subject |author |name |command |keyword |function |variable |concept |term
|symbol |topic |people |person |place )*((and|of|&) [\w ]{1,30} ?)?index
|index of (names|authors|persons|people|places|terms|subjects|words|concepts|symbols|topics|titles
|first lines|figures|tables|maps|commands|functions|species|citations)( and .{1,20})?
|stichwortverzeichnis|sachregister|sachverzeichnis|personenregister|register|namensregister
|index (général|alphabétique|des .{1,30})|índice (analítico|alfabético|temático|remissivo)
|indice (analitico|dei nomi)|trefwoordenregister|zaakregister
|(предметный|именной|алфавитный) указатель|अनुक्रमणिका|शब्द ?सूची|নির্ঘণ্ট|索引
""",
    "bibliography": r"""
references?( and .{1,30})?|bibliography|works cited|literature( cited)?|further reading
|suggested reading|reading list|list of references
|literatur(hinweise|angaben)?|literaturverzeichnis|quellenverzeichnis|quellen
|weiterführende literatur
|bibliographie|références( bibliographiques)?|pour aller plus loin
|bibliografía|referencias( bibliográficas)?|lecturas recomendadas
|bibliografia|riferimenti( bibliografici)?|referências( bibliográficas)?
|literatuur(lijst)?|bronnen(lijst)?|geraadpleegde (werken|literatuur)
|(список )?(использованной |рекомендуемой |использованных )?(литератур[аы]|источников)
|список (использованной |рекомендуемой |использованных )?(литературы|источников)( и .{1,20})?
|библиография|संदर्भ( सूची| ग्रंथ)?|सन्दर्भ( सूची| ग्रंथ)?|ग्रंथ ?सूची|তথ্যসূত্র|গ্রন্থপঞ্জি
|المراجع|المصادر( والمراجع)?|קריאה נוספת|ביבליוגרפיה|מקורות|参考文献|參考文獻
""",
    "notes": r"""
notes?|endnotes|footnotes|notes and references|anmerkungen|endnoten|fußnoten
|notes (de fin|de bas de page)|notas( finales| al final| de rodapé)?|note finali|eindnoten
|voetnoten
|примечания|сноски|टिप्पणियाँ|पाद ?टिप्पणी|टिप्पणी|টীকা|注释|注釋|脚注
""",
    "exercises": rf"""
((review|practi[cs]e|revision|discussion|study|chapter|section|unit|module|lesson
|(\w{{3,20}} )?end[ -]of[ -](the[ -])?chapter|homework|comprehension|quick
|additional|further|more|short[ -]answer|multiple[ -]choice|essay|exam|sample|self-assessment
|concept|conceptual|guided|supplementary|critical[ -]thinking|interactive([ -]link)?
|visual([ -]connection)?|thought|assessment|free[ -]response|reflection|challenge|numeric(al)?
|check[ -]your[ -](understanding|knowledge)|self[ -]check|knowledge[ -]check) )*
(exercises?|questions?|problems?|quiz(zes)?|worksheets?|assignments?|homework|problem sets?)
((?: for | on | to | about |: ?).{{1,60}}| (and|&) (problems|exercises|questions|activities
|answers))?{_NUMBER}
|(questions|exercises|problems) for (review|discussion|practice|study|revision)
|(exercise|worksheet|work sheet|problem set|quiz|assignment|homework|practice test){_NUMBER}{_REST}
|self[- ](test|check|assessment|quiz)|practice time|practice test|mock (test|exam)
|(test|check|try) (yourself|it yourself|your (understanding|progress|knowledge|skills?))|your turn
|activities{_NUMBER}|(activity|task)\s+\d{{1,2}}(\.\d{{1,2}})*{_REST}
|test prep(aration)?( (for|on) .{{1,60}})?|now (you )?try( (it|this))?
|(application|critical thinking|comprehension) and reflection questions
|practice (problems|questions|exercises) (and|with) (answers|solutions)
|fill[ -]in[ -]the[ -]blanks?|multiple[ -]choice|true ?(or|/|-) ?false\??
|match the (following|columns?)|think and discuss
|(übungs|haus|denk|test|wiederholungs|kontroll|prüfungs)?aufgaben?{_NUMBER}{_REST}
|aufgaben (zu|zum|zur) .{{1,60}}|übung(en)?{_NUMBER}{_REST}|übungsblatt{_NUMBER}{_REST}
|arbeitsblatt{_NUMBER}{_REST}|(kontroll|wiederholungs|verständnis|test|übungs|prüfungs)?fragen
|fragen (zu|zum|zur) .{{1,60}}|selbsttest|teste dein wissen|lernkontrolle
|exercices?{_NUMBER}{_REST}|exercices (de|d.|sur) .{{1,60}}|questions?( de (révision
|compréhension))?
|fiches? d.(exercices|activités?){_REST}|problèmes|testez vos connaissances|devoirs?
|travaux dirigés{_REST}|auto-?évaluation|je m.entraîne
|ejercicios?{_NUMBER}{_REST}|ejercicios (de|sobre|para) .{{1,60}}|actividades|cuestionario
|preguntas( de (repaso|comprensión))?|autoevaluación|problemas( propuestos)?|tareas?
|(hoja|ficha) de (trabajo|ejercicios|actividades){_NUMBER}{_REST}
|eserciz[io]{_NUMBER}{_REST}|esercizi (di|su|sul|sulla) .{{1,60}}|domande( di (ripasso|verifica))?
|verifica le tue conoscenze|problemi|scheda di lavoro{_NUMBER}{_REST}|compiti|quesiti
|autovalutazione
|exercícios?{_NUMBER}{_REST}|exercícios (de|sobre) .{{1,60}}|questões|perguntas( de revisão)?
|atividades|ficha de (trabalho|exercícios){_NUMBER}{_REST}|questionário|autoavaliação
|teste os seus .*
|oefening(en)?{_NUMBER}{_REST}|opdracht(en)?{_NUMBER}{_REST}|(controle|oefen|herhalings)?vragen
|opgaven
|werkblad{_NUMBER}{_REST}|zelftoets|huiswerk|oefenopgaven
|упражнени[яе]{_NUMBER}{_REST}|задани[яе]{_NUMBER}{_REST}|задачи( для .{{1,40}})?|вопросы( (для|к
|и|по) .{{1,60}})?
|контрольные вопросы( .{{1,40}})?|тест(ы|овые задания)?|рабочий лист{_NUMBER}{_REST}
|домашнее задание|проверь(те)? себя|самостоятельная работа{_NUMBER}{_REST}
|अभ्यास{_NUMBER}{_REST}|अभ्यास (के )?(प्रश्न|कार्य)|प्रश्न(ावली|ोत्तर)?{_NUMBER}{_REST}
|गतिविधि(याँ)?{_NUMBER}
|कार्य ?पत्रक{_NUMBER}{_REST}|स्वयं जाँच(ें|िए)|अनुशीलनी|अनुशीलन
|অনুশীলনী{_NUMBER}{_REST}|প্রশ্ন(াবলী|াবলি|মালা)?|பயிற்சி(கள்)?{_NUMBER}|வினாக்கள்
|تمارين|تدريبات|أسئلة( .{{1,30}})?|ورقة عمل{_REST}|תרגילים|שאלות( .{{1,30}})?|דף עבודה{_REST}
|练习题?|練習題?|习题|習題|思考题|复习题|作业|練習問題|演習(問題)?|確認(テスト|問題)|課題|問題
""",
    "answers": r"""
check your answers|worked (answers|solutions)
|answers?( keys?| sheet)?( (to|for) .{1,60})?|(answer|marking) (key|scheme|guide)s?|model answers
|solutions? (to|for) .{1,60}|(exercise |problem )solutions|solutions manual|key to (the )?exercises
|hints and (answers|solutions)|((chapter|unit|section|lesson|module|exercise) [\d.]+:? )?answers
|(chapter|unit|section|lesson|module|exercise) [\d.]+:? (answer key|solutions)
|lösung(en)? (zu|der|des|zum|zur) .{1,60}|lösungs(schlüssel|teil
|blatt|vorschläge)
|antworten( zu .{1,60})?|corrigés?( des .{1,40})?|réponses( aux .{1,40})?|solutions? des .{1,40}
|respuestas( a .{1,40})?|soluciones (a|de) .{1,40}|solucionario|clave de respuestas
|risposte( a.{1,40})?|soluzioni (degli|dei|delle) .{1,40}|respostas( a.{1,40})?|gabaritos?
|soluções (dos|das) .{1,40}|antwoorden( .{1,40})?|uitwerkingen( .{1,40})?|antwoordmodel
|ответы( .{1,60})?|решени[яе] (задач|упражнений).*|ключи? к .{1,40}
|उत्तर(माला| ?कुंजी| सूची)?|উত্তর(মালা|পত্র)?|விடைகள்|الإجابات|الأجوبة|حلول التمارين|תשובות|פתרונות
|(参考|參考)?答案|习题答案|解答(例)?|答え
""",
    "licence": r"""
(the )?(gnu )?(free documentation|general public|lesser general public|affero general public)
 licen[sc]e.*|licen[sc]es?|licen[sc]ing|licen[sc]e (agreement|terms|notice)|creative commons .*
|gpl|gfdl|copying|copyleft|copyright and licen[sc]es?|open source licen[sc]es?
|lizenz(en)?|lizenz(vertrag|bedingungen|hinweise?|text)|urheberrecht(liche hinweise)?
|licencias?|licenz[ae]|licenças?|licentie(s|voorwaarden)?|лицензи[яи]|лицензионное соглашение
|लाइसेंस
|许可证|ライセンス
""",
    "advertisement": r"""
(also|other books|other titles|more books|more titles|more) (available|by|from) .{1,60}
|also by .{1,40}|(other )?books by .{1,40}|by the same authors?|advertisements?|order form
|werbung|anzeigen?|weitere (bücher|titel) .{1,60}|vo[mn] (selben autor|derselben autorin)
|du même auteur|dans la même collection|publicité|del mismo autor|otros títulos .{1,60}|publicidad
|dello stesso autore|altri titoli .{1,60}|pubblicità|d[oa] mesm[oa] autora?|outros títulos .{1,60}
|van dezelfde auteur|advertenties?|реклама|(другие )?книги (автора|издательства) .{1,60}|विज्ञापन
""",
}
# Parts of a chapter that are taught; each chapter may have them under the same name.
_OF_CHAPTERS = r"""
summary|chapter summary|conclusions?|recap|key (points|terms|ideas|concepts|words)|overview
|introduction|objectives|learning (objectives|outcomes|goals)|in this (chapter|unit|lesson)
|glossary|examples?|case stud(y|ies)
|zusammenfassung|fazit|lernziele|einleitung|überblick|glossar|beispiele?|merke
|résumé|conclusion|objectifs|l.essentiel|à retenir|glossaire|exemples?
|resumen|conclusión|objetivos|glosario|ejemplos?|riassunto|sintesi|obiettivi|glossario|esempi?o?
|resumo|conclusão|glossário|exemplos?|samenvatting|leerdoelen|begrippen|voorbeeld(en)?
|выводы?|итоги|кратко|цели|введение|заключение|словарь|सारांश|उद्देश्य|परिचय|निष्कर्ष
"""
_GLOSSARY = r"""
glossary( of .{1,40})?|key (terms|words|vocabulary)|vocabulary|terms and definitions|definitions
|glossar|begriffe|wichtige begriffe|fachbegriffe|worterklärungen|glossaire|lexique|vocabulaire
|glosario|vocabulario|términos clave|glossario|lessico|glossário|vocabulário|begrippen(lijst)?
|woordenlijst|словарь( терминов)?|глоссарий|термины( и определения)?|शब्दावली|शब्दकोश|শব্দকোষ
|术语表|词汇表|用語集
"""


@lru_cache(maxsize=16)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile("".join(words.split("\n")), re.IGNORECASE)


@lru_cache(maxsize=4096)
def part_named(title: str) -> str:
    """Returns the part that a heading without its number names, such as "exercises", else ""."""
    bare = " ".join(title.split()).strip(" .:\u2013\u2014-*")
    for part, words in _NAMES.items():
        if _pattern(words).fullmatch(bare):
            return part
    return ""


def innermost_part(titles: Sequence[str]) -> tuple[str, str]:
    """Returns the part that the innermost heading with such a name opens, and the heading.

    Two empty strings without one. "Review Questions" under "Answer Key" says whose answers follow.
    """
    named = [(part, title) for title in reversed(titles) if (part := part_named(title))]
    keys = [one for one in named if one[0] == "answers"]
    if named and named[0][0] == "exercises" and keys:
        return keys[0]
    return named[0] if named else ("", "")


def of_a_chapter(title: str) -> bool:
    """Whether each chapter may have a part of this name, such as "Summary" or "Exercises"."""
    bare = " ".join(title.split()).strip(" .:\u2013\u2014-*")
    return bool(_pattern(_OF_CHAPTERS).fullmatch(bare)) or part_named(bare) in (
        "exercises", "answers", "bibliography", "notes",
    )  # fmt: skip


def is_glossary(title: str) -> bool:
    return bool(_pattern(_GLOSSARY).fullmatch(" ".join(title.split()).strip(" .:")))

"""Small files, each of a kind that real documents showed, and what a reader sees on their pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from engine.reading.titles import clean_title

FOLDER = Path(__file__).parent / "cases"
HEART = [
    "The heart and its chambers",
    "Valves and the heartbeat",
    "Arteries, veins and capillaries",
    "Blood and its parts",
    "Blood pressure",
    "Keeping the heart healthy",
]
BREAD = ["Flour and gluten", "Yeast and fermentation", "Proving and shaping", "Baking and cooling"]
FIRST = "The heart is a muscular organ that pumps blood through the body. It lies between the lungs"
SEPTUM = (
    "A wall of muscle called the septum separates the left side from the right side, so that fresh "
    "and used blood never mix."
)
SINUS = (
    "It sits in the wall of the right atrium and sends an electrical signal about seventy times a "
    "minute."
)
WHALE = (
    "A blue whale has a heart as large as a small car, and its pulse can be heard from three "
    "kilometres away."
)


@dataclass(frozen=True)
class Right:
    """What is read of a file: headings that have text, parts of the text, and their order.

    `holds` stand in the body at least once, `once` exactly once, `lacks` nowhere; of `ordered`
    each comes after the one before; `prose` stand in passages that are prose.
    """

    headings: tuple[str, ...] | None = None
    holds: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()


CASES = {
    "s01-bold-headings": Right((*HEART,), holds=(FIRST, SEPTUM)),
    "s02-slide-bookmarks": Right(
        (*HEART, *BREAD), holds=("Salt, lack of exercise and stress raise the pressure.",)
    ),
    "s03-two-bookmarks": Right((*HEART,), holds=(FIRST, SEPTUM)),
    "s04-overlays": Right(
        (*HEART,),
        once=(
            "The heart is a muscular organ that pumps blood through the body.",
            "The heart has four chambers.",
        ),
    ),
    "s05-dropcap": Right(
        (*HEART[:5],),
        holds=(
            FIRST,
            "A valve is a flap of tissue that lets blood",
            "An artery is a vessel that",
            "Plasma is the pale yellow liquid",
            "Blood pressure is the force",
        ),
    ),
    "s06-boxes": Right(
        (*HEART,),
        holds=(WHALE, "Did you know?", "so that fresh and used blood never mix. Gluten is"),
    ),
    "s07-caps-headings": Right(
        tuple(title.upper() for title in HEART), holds=(FIRST, SEPTUM, SINUS)
    ),
    "s08-letterspaced": Right(
        (
            *(title.upper() for title in HEART[:2]),
            "ARTERIES",
            *(title.upper() for title in HEART[3:]),
        ),
        holds=(FIRST, SEPTUM),
    ),
    "s09-wingdings-bullets": Right(
        (*BREAD,),
        prose=("forms when flour meets water.\n\nKneading lines up the proteins",),
        lacks=("\uf0a7", "\uf0d8", "\uf0fc"),
    ),
    "s10-footnotes": Right(
        (*HEART,),
        holds=(
            "pumps blood through the body. It lies between the lungs, slightly",
            "middle of the chest. An adult heart",
        ),
        lacks=("body.1", "body.\u00b9", "chest.2"),
    ),
    "s11-rotated-landscape": Right((*HEART, *BREAD), holds=(FIRST, SEPTUM, SINUS)),
    "s12-cropped-spread": Right(
        (*HEART, *BREAD[:2]),
        once=("High blood pressure damages",),
        ordered=(FIRST, "A valve is a flap"),
    ),
    "s13-crop-offset": Right((*HEART, *BREAD), holds=(FIRST, SEPTUM)),
    "s14-hidden-layer": Right(
        (*HEART,), holds=(FIRST, SEPTUM), lacks=("ANSWER KEY", "correct letter")
    ),
    "s18-no-tounicode": Right((*HEART,), holds=(FIRST, SEPTUM)),
    "s19-hyphens": Right(
        None,
        holds=(
            "high self-esteem learns",
            "a well-known exercise",
            "A decision-making process",
            "The long-term goal",
            "The consequence of noise",
            "lose concentration.",
            "A twenty-one-year-old trainee",
            "the sixteen pupils",
        ),
    ),
    "s21-columns-by-rows": Right(
        (*HEART[:4], *BREAD),
        holds=(FIRST, SEPTUM),
        ordered=(FIRST, "A valve is a flap", "Plasma is", "Gluten is a stretchy", "Yeast is a"),
    ),
    "s25-formulas": Right(
        ("Kinetic energy", "Units and powers of ten", "Reactions"),
        holds=(
            "has the energy E\u2096 = \u00bdmv\u00b2, measured in joules.",
            "v = s/t",
            "x = (-b + sqrt(b - 4ac))/(2a)",
            "The speed of light is 3.0 \u00d7 10\u2078 m s\u207b\u00b9, and the charge",
            "an electron is 1.6 \u00d7 10\u207b\u00b9\u2079 C.",
            "One square metre (1 m\u00b2) equals 10\u2074 cm\u00b2. Half",
            "is written 2\u207b\u00b9 m\u00b2.",
            "the formula H\u2082O. Carbon dioxide is CO\u2082, and",
            "acid is H\u2082SO\u2084.",
            "The ion SO\u2084\u00b2\u207b carries two negative charges, and Ca\u00b2\u207a carries",
        ),
    ),
    "s28-scan-hidden-layer": Right((*HEART[:4],), holds=(FIRST, SEPTUM)),
    "s36-figure-labels": Right(
        (*HEART,),
        holds=("weighs roughly three hundred grams.", "Figure 1. The heart seen from the front"),
        lacks=("pulmonary artery", "right ventricle"),
    ),
    "s37-handout-3up": Right(
        (*HEART, *BREAD[:3]),
        prose=("It lies between the lungs, slightly to the left of the middle of the chest.",),
        lacks=("12.05.2026",),
    ),
    "s40-contents-no-dots": Right(
        ("Heart and Bread", *HEART, *BREAD),
        holds=(FIRST, SEPTUM),
        lacks=("Preface", "sticky.\n\n1"),
    ),
    "s41-policy-clauses": Right(
        ("Purpose and scope", "Personal hygiene", "Accidents", "Machines"),
        prose=(
            "1.1 This policy applies to all employees, trainees and visitors of the bakery.",
            "4.3 A machine that is being cleaned must be unplugged.\n\nThis clause was agreed",
        ),
    ),
    "s44-gap-in-the-middle": Right(
        ("Heart valve", "Blood flows", "Veins carry", "Blood group", "Heart beats", "Blood press"),
        holds=(FIRST, SEPTUM),
    ),
    "s45-dotted-blanks": Right((*HEART[:5],), holds=(FIRST, SEPTUM)),
    "s46-side-tab": Right(
        (*HEART[:4],), holds=(FIRST,), lacks=("Heart and blood", "Body and bread")
    ),
    "s47-frames-out-of-order": Right(
        (*HEART,),
        ordered=(FIRST, SEPTUM, "Gluten is a", "Rye flour contains", "A valve is a flap"),
    ),
    "s48-bold-lines-with-numbers": Right(
        ("Speed", "Buildings", "Money", "People"),
        holds=(
            "a speed of 2.5 m in each second. Neglect the mass",
            "a side of 230 metres. The workers",
            "in the spring of the year 1935. Its name comes from the river",
            "from the year 1906 until 1911. After that she wrote",
        ),
    ),
    "s49-fake-bold": Right((*HEART[:5],), holds=(FIRST, SEPTUM)),
    "s50-math-letters": Right(
        (*HEART[:5],),
        holds=(
            "Let \U0001d465 be the volume of one beat",
            "and leave \U0001d465 out where \U0001d465 is clear.",
        ),
    ),
    "s51-title-is-running-head": Right(
        ("Counting", "Measuring", "Comparing", "Explaining"), lacks=("\nCounting\n",)
    ),
    "s52-line-numbers": Right(
        (*HEART[:4],),
        holds=(
            f"{FIRST}, slightly to the left of the middle of the chest. An adult heart is about",
            SEPTUM,
        ),
    ),
    "s57-numbered-paragraphs": Right(
        ("Judgment on the heart",),
        prose=(
            f"1. {FIRST}",
            "12. Cholesterol is a fatty substance that the body needs in small amounts. Too much",
        ),
    ),
    "s58-t1-ligatures": Right(
        ("Die Definition der Gef\u00e4\u00dfe", "Die oberfl\u00e4chlichen Venen"),
        holds=(
            "das Blut flie\u00dft. Gr\u00f6\u00dfere Gef\u00e4\u00dfe",
            "Der Begriff Vene",
            "H\u00e4ufige Angriffe auf die Gef\u00e4\u00dfwand",
            "Die Klappen \u00f6ffnen sich",
        ),
    ),
}


def titles(extracted: ExtractedDocument) -> tuple[str, ...]:
    """The headings that have text of their own, in order, without their numbers."""
    paths = [p.heading_path for p in extracted.passages if p.matter == DocumentPart.BODY]
    return tuple(dict.fromkeys(clean_title(path[-1]) for path in paths if path))


def body(extracted: ExtractedDocument) -> str:
    return "\n\n".join(p.text for p in extracted.passages if p.matter == DocumentPart.BODY)


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_a_person_sees_it(name: str) -> None:
    right = CASES[name]
    extracted = extract_document(FOLDER / f"{name}.pdf")
    text = body(extracted)
    if right.headings is not None:
        assert titles(extracted) == right.headings
    for part in right.holds:
        assert part in text
    for part in right.once:
        assert text.count(part) == 1, part
    for part in right.lacks:
        assert part not in text
    places = [text.find(part) for part in right.ordered]
    assert -1 not in places
    assert places == sorted(places)
    prose = [p.text for p in extracted.passages if p.kind == PassageKind.PROSE]
    for part in right.prose:
        assert any(part in passage for passage in prose), part

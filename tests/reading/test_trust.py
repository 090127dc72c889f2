"""Verdicts on texts: what is certain is refused, what is rare or foreign is not."""

from __future__ import annotations

import pytest

from engine.reading.trust import Trust, judge_text, known_letters

PROSE = (
    "The heart is a muscular organ that pumps blood through the body. It lies between the lungs, "
    "slightly to the left of the middle of the chest, and weighs roughly three hundred grams."
)
SWAHILI = (
    "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo "
    "yapasa watendeane kindugu, kila mtu anastahili haki zote."
)
NAMES = (
    "Abdullah Agarwal Banerjee Bhattacharya Chatterjee Dostoyevsky Eisenhower Fitzgerald "
    "Gorbachev Hernandez Iyengar Kowalczyk Mukhopadhyay Nakamura Oppenheimer"
)
CHEMICALS = (
    "methylphenidate acetaminophen hydroxychloroquine phosphatidylcholine toluene xylene "
    "chlorobenzene dimethylamine isopropanol ethanol deoxyribonucleic polystyrene"
)
CODE = (
    "read_pdf on_progress ThreadPoolExecutor BaseException cancel_futures getattr isinstance "
    "setrlimit stdout stderr subprocess shutdown children futures"
)
GERMAN = (
    "Das Herz ist ein Muskel, der das Blut durch den Körper pumpt. Es liegt zwischen den "
    "Lungenflügeln und ist ungefähr so groß wie eine Faust."
)


def shifted(text: str) -> str:
    """Returns the text with each letter replaced by the eleventh after it, as wrong fonts do."""
    return "".join(
        chr((ord(char) - 97 + 11) % 26 + 97) if char.islower() and char.isascii() else char
        for char in text
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PROSE, "en"),
        (SWAHILI, "en"),
        (NAMES, "en"),
        (CHEMICALS, "en"),
        (CODE, "en"),
        (GERMAN, "de"),
        ("хирургия сердце кровь давление артерия вена сосуд клапан камера стенка мышца", "ru"),
        ("धमनी वह वाहिका है जो रक्त को हृदय से दूर ले जाती है और शिरा वह वाहिका है जो", "hi"),
        ("A = 4 cm", "en"),
    ],
)  # fmt: skip
def test_text_of_people_is_good(text: str, language: str) -> None:
    assert judge_text(text, language).trust in (Trust.GOOD, Trust.SUSPICIOUS)


@pytest.mark.parametrize("language", ["en", "de"])
def test_shifted_letters_are_garbled(language: str) -> None:
    assert judge_text(shifted(PROSE), language).trust is Trust.GARBLED


def test_legacy_fonts_of_other_scripts_are_garbled() -> None:
    text = (
        "g`n; ,d is'h; vax gS tS iwjs 'jhj esa jd~r igq¡pkrk gSA ;g nSuSa QsQMSa ds chp Nkrh ds "
        'e/~; ls FSMk ckCa j l~fFr gSrk gSA o;l~d euq"~; ds g`n; dk Hkj yxHx x~jke gSrk gSA'
    )
    assert judge_text(text, "en").trust is Trust.GARBLED


def test_characters_that_mean_nothing_are_garbled() -> None:
    assert judge_text("\ue041\ue042 \ue043\ue044\ue045 and \ufffd\ufffd\ufffd", "en").trust is (
        Trust.GARBLED
    )


def test_ornaments_in_place_of_letters_are_garbled() -> None:
    text = "❇② t❤❡ ❝❛s❡ ❛❜♦✈❡ ✇✐t❤♦✉t ❧♦ss ♦❢ ❣❡♥❡r❛❧✐t②"
    assert judge_text(text, "en").trust is Trust.GARBLED
    assert judge_text(f"✓ {PROSE}", "en").trust is Trust.GOOD


def test_a_page_without_letters_has_no_verdict() -> None:
    assert judge_text("1 2 3 ... 4", "en").trust is Trust.NONE


def test_only_letters_in_whole_words_are_known() -> None:
    assert known_letters("The heart pumps xqzvv.", "en") == len("Theheartpumps")
    assert known_letters(" ".join("The heart pumps"), "en") == 0
    assert known_letters("The heart pumps", "xx") == 0


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "गाांव में मतदान कर लोगोां ने बांद करवाई शराब की दुकान और ककतनोां को ममला"),
        ("ar", "أهمٌة الأشعة السٌنٌة فً البحوث العلمٌة والتعرف على بنٌة الجزٌئات الحٌوٌة"),
    ],
)
def test_spelling_that_no_writer_uses_is_garbled(language: str, text: str) -> None:
    assert judge_text(text, language).trust in (Trust.GARBLED, Trust.SUSPICIOUS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "गाँव में मतदान कर लोगों ने बंद करवाई शराब की दुकान, और कितनों को इंसाफ़ मिला"),
        ("ar", "الجملة البسيطة كلامٌ يتضمّن معنًى مفيدًا في جملةٍ أو أكثر، وتكون كلّ عناصرها مفردة"),
    ],
)
def test_marks_of_vowels_are_no_mistakes(language: str, text: str) -> None:
    assert judge_text(text, language).trust is Trust.GOOD


def test_english_terms_in_a_text_of_another_script_are_words() -> None:
    terms = "Lakehouse Kafka replay batch stream outbox ledger commit schema governance lineage"
    text = f"{terms} {terms} Хранилище данных"
    assert judge_text(text, "ru").trust is Trust.GOOD
    assert judge_text(shifted(f"{terms} {terms}").replace("p", "q"), "ru").trust is not Trust.GOOD


def test_signs_in_place_of_letters_are_garbled() -> None:
    """Most tokens hold no letter then, so that no word is unknown."""
    # Programs number the letters of a font as they come.
    codes: dict[str, str] = {}
    for char in filter(str.isalpha, PROSE):
        codes.setdefault(char, chr(ord("!") + len(codes)))
    drawn = "".join(codes.get(char, char) for char in PROSE)
    assert judge_text(drawn, "en").trust is Trust.GARBLED
    assert judge_text(f"{PROSE} {drawn}", "en").trust is not Trust.GOOD


@pytest.mark.parametrize(
    "text",
    [
        "f(x) = a/b + c, |z| < 1; (1) => (2), x_1 != x_2 ... A & B --- {x: x > 0}, 5 % of n!",
        "See https://example.org/a?b=1&c=2 or mail a.b@example.org, e.g. (for more), [1], [2].",
        "'Yes!' she said; \"no?\" ... R&D, 10:30-11:00, 50%, #3, and/or, it's (so-called) mine.",
    ],
)
def test_formulas_addresses_and_quotes_are_no_cipher(text: str) -> None:
    assert judge_text(f"{PROSE} {text}", "en").trust is Trust.GOOD

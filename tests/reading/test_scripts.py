"""Scripts from right to left, Indic clusters, and scripts without spaces."""

from __future__ import annotations

import re

import pytest

from engine.reading.scripts import row_text
from tests.reading.courses import course, headings, text


def test_arabic_is_in_reading_order() -> None:
    name = "s26-arabic-web"
    assert "القلب عضو عضلي يضخ الدم إلى جميع أجزاء الجسم." in text(name)
    assert "القيمة الطبيعية هي 120 على 80." in text(name)
    assert headings(name) == ["القلب وحجراته", "الأوعية الدموية", "ضغط الدم"]


def test_hebrew_is_in_reading_order() -> None:
    name = "s27-hebrew-web"
    assert "משקלו של לב בוגר הוא כ-300 גרם." in text(name)
    assert "הערך הרגיל הוא 120 על 80." in text(name)


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "s29-hindi-web",
            [
                "हृदय एक पेशीय अंग है जो पूरे शरीर में रक्त पहुँचाता है।",
                "यह दोनों फेफड़ों के बीच, छाती के मध्य से थोड़ा बाईं ओर स्थित होता है।",
                "चिकित्सक इसे प्रतिदिन मापने की सलाह देते हैं।",
            ],
        ),
        (
            "s30-tamil-web",
            [
                "தமனி என்பது இதயத்திலிருந்து இரத்தத்தை எடுத்துச் செல்லும் குழாய் ஆகும்.",
                "பெரியவரின் இதயத்தின் எடை சுமார் 300 கிராம் ஆகும்.",
            ],
        ),
        (
            "s31-bengali-web",
            [
                "হৃৎপিণ্ড একটি পেশিবহুল অঙ্গ যা সারা দেহে রক্ত সঞ্চালন করে।",
                "ধমনি এমন একটি রক্তনালি যা হৃৎপিণ্ড থেকে রক্ত বহন করে নিয়ে যায়।",
                "উপরের দুটি প্রকোষ্ঠকে অলিন্দ বলে",
            ],
        ),
    ],
)
def test_indic_clusters_stay_in_one_piece(name: str, sentences: list[str]) -> None:
    found = text(name)
    assert [sentence for sentence in sentences if sentence not in found] == []


def test_hindi_is_taught_by_its_three_chapters() -> None:
    assert headings("s29-hindi-web") == ["हृदय और उसके कक्ष", "रक्त वाहिकाएँ", "रक्तचाप"]
    taught = course("s29-hindi-web").content
    assert "धमनी वह वाहिका है जो रक्त को हृदय से दूर ले जाती है।" in taught
    assert "रक्तचाप वह बल है" in taught


@pytest.mark.parametrize(
    ("name", "sentences", "titles"),
    [
        (
            "s31-chinese",
            [
                "成年人的心脏大约重三百克。",
                "主动脉是人体最大的动脉。",
                "医生建议每天在同一时间测量血压。",
            ],
            ["心脏及其腔室", "血管", "血压"],
        ),
        (
            "s32-japanese",
            [
                "心臓は左右の肺の間にあり、胸の中央よりやや左に位置する。",
                "大動脈は体の中で最も太い動脈である。",
                "医師は毎日同じ時刻に測定することを勧めている。",
            ],
            ["心臓とその部屋", "血管", "血圧"],
        ),
    ],
)
def test_scripts_without_spaces_are_joined_and_taught_whole(
    name: str, sentences: list[str], titles: list[str]
) -> None:
    for sentence in sentences:
        assert sentence in text(name)
        assert sentence in course(name).content
    found = " ".join(course(name).titles) + course(name).content
    assert [title for title in titles if title not in found] == []


def test_lengths_of_chinese_text_are_counted_by_characters() -> None:
    from engine.language.words import word_count

    assert word_count("心脏是一个肌肉器官。它把血液输送到全身。") == pytest.approx(11, abs=3)
    assert word_count("The heart has four chambers.") == 5


def glyphs(visual: str) -> list[tuple[str, float, float]]:
    """Returns the characters of a row as they stand on the page from left to right."""
    return [(char, 5.0 * at, 5.0 * at + 5) for at, char in enumerate(visual)]


@pytest.mark.parametrize(
    "logical",
    ["כ-300 גרם", "הערך הוא 120 על 80.", "תוכנת Open Office היא", "הלב (ראו פרק 2) פועם"],
)
def test_rows_from_right_to_left_keep_numbers_latin_words_and_brackets(logical: str) -> None:
    runs = re.findall(r"[A-Za-z]+(?: [A-Za-z]+)*|\d+|.", logical)
    mirrored = [run.translate(str.maketrans("()", ")(")) for run in runs]
    visual = "".join(reversed(mirrored))
    assert row_text(glyphs(visual), 5.0) == logical


def test_gaps_without_a_drawn_space_are_spaces() -> None:
    row = [("धमनी", 0.0, 20.0), ("वह", 24.0, 34.0), ("है", 34.0, 40.0)]
    assert row_text(row, 10.0) == "धमनी वहहै"

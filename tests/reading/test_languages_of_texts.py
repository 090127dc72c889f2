"""The language of short and mixed texts, and of scans in other scripts."""
# ruff: noqa: RUF001 - letters of other scripts are what is tried

from __future__ import annotations

from pathlib import Path

import pytest

from engine.reading import ocr
from engine.reading.detect import detect_language
from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("\u0412\u043e\u0434\u0430 \u043a\u0438\u043f\u0438\u0442", "ru"),
        (
            "\u0421\u0435\u0440\u0432\u0435\u0440 \u0434\u0430\u0451\u0442 HTTP GET POST",
            "ru",
        ),
        ("\u0627\u0644\u0642\u0644\u0628 \u064a\u0636\u062e PowerPoint", "ar"),
        ("la unde", "en"),
        ("Das ist ein kurzer Text", "de"),
    ],
)
def test_the_script_tells_the_language_before_the_words(text: str, language: str) -> None:
    assert detect_language([text]) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "uk",
            "Комплексні числа утворюють поле, в якому кожен многочлен має корінь, і їх додають.",
        ),
        ("ru", "Комплексные числа образуют поле, в котором каждый многочлен имеет корень."),
        ("be", "Вада займае большую частку паверхні Зямлі і ўваходзіць у склад усіх арганізмаў."),
        ("bg", "Водата се намира навсякъде в природата и е необходима за живота на растенията."),
        ("sr", "Вода је хемијско једињење које чине водоник и кисеоник и неопходна је за живот."),
        ("mk", "Водата е најраспространета на Земјата, а ѓубривото го хранат ќе луѓето."),
        ("kk", "Су — жер бетіндегі ең көп таралған зат, ол барлық тірі ағзалар үшін қажет."),
        ("fa", "آب یکی از فراوان‌ترین ترکیب‌ها در طبیعت است و گیاهان از خاک تغذیه می‌کنند."),
        ("ar", "الماء مركب كيميائي شفاف يتكون من ذرتي هيدروجين وذرة أكسجين وهو ضروري للحياة."),
        ("ur", "پانی ایک کیمیائی مرکب ہے جو زندگی کے لیے ضروری ہے اور زمین پر پایا جاتا ہے۔"),
        ("hi", "जल एक रासायनिक पदार्थ है जो जीवन के लिए आवश्यक है और पृथ्वी पर पाया जाता है।"),
        ("mr", "पाणी हे एक रासायनिक संयुग आहे आणि ते सर्व सजीवांच्या जीवनासाठी आवश्यक आहे."),
        ("ne", "पानी एक रासायनिक यौगिक हो र यो जीवनका लागि आवश्यक छ।"),
    ],
)
def test_letters_and_words_tell_languages_of_one_script(language: str, text: str) -> None:
    assert detect_language([text]) == language


def scanned() -> Page:
    return Page(1, 595, 842, 1.0, 1, ruled=False, lines=[], tables=[], cut=False)


def test_a_scan_in_another_script_is_not_read_as_english(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read as English, its letters give Latin words; the package that it needs is named."""
    words = Line("la si un mai cu nu in este ca", 11, False, False, 72, 700, 300, 708)
    monkeypatch.setattr(ocr._Reader, "_lines", lambda *_: [words])
    monkeypatch.setattr(ocr._Reader, "_script", lambda *_: "hi")
    monkeypatch.setattr(ocr, "installed_languages", lambda *_: frozenset({"eng", "osd"}))
    reader = ocr._Reader(tmp_path / "a.pdf", "tesseract", PdfLimits())
    result = reader.read([scanned()], "")
    assert (result.language, result.missing) == ("hi", "tesseract-ocr-hin")

"""Languages by name. Codes are those of ISO 639, maybe with a region, such as "hi" or "pt-BR"."""

from __future__ import annotations

import re

from engine.language.words import base_language

# In English, and as their speakers write them.
_NAMES = {
    "en": ("English", "English"),
    "hi": ("Hindi", "हिन्दी"),
    "bn": ("Bengali", "বাংলা"),
    "te": ("Telugu", "తెలుగు"),
    "mr": ("Marathi", "मराठी"),
    "ta": ("Tamil", "தமிழ்"),
    "ur": ("Urdu", "اردو"),
    "gu": ("Gujarati", "ગુજરાતી"),
    "kn": ("Kannada", "ಕನ್ನಡ"),
    "ml": ("Malayalam", "മലയാളം"),
    "or": ("Odia", "ଓଡ଼ିଆ"),
    "pa": ("Punjabi", "ਪੰਜਾਬੀ"),
    "as": ("Assamese", "অসমীয়া"),
    "ne": ("Nepali", "नेपाली"),
    "si": ("Sinhala", "සිංහල"),
    "ar": ("Arabic", "العربية"),
    "be": ("Belarusian", "беларуская"),
    "bg": ("Bulgarian", "български"),
    "de": ("German", "Deutsch"),
    "es": ("Spanish", "español"),
    "fa": ("Persian", "فارسی"),
    "fr": ("French", "français"),
    "id": ("Indonesian", "Bahasa Indonesia"),
    "it": ("Italian", "italiano"),
    "ja": ("Japanese", "日本語"),
    "kk": ("Kazakh", "қазақша"),
    "ko": ("Korean", "한국어"),
    "mk": ("Macedonian", "македонски"),
    "nl": ("Dutch", "Nederlands"),
    "pl": ("Polish", "polski"),
    "pt": ("Portuguese", "português"),
    "ru": ("Russian", "русский"),
    "sr": ("Serbian", "српски"),
    "sw": ("Swahili", "Kiswahili"),
    "th": ("Thai", "ไทย"),
    "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "українська"),
    "vi": ("Vietnamese", "Tiếng Việt"),
    "zh": ("Chinese", "中文"),
}
_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,6})?")


def language_name(code: str) -> str:
    """Returns a language's name for a prompt: "Hindi", "Portuguese (pt-BR)", or its code."""
    if code in _NAMES:
        return _NAMES[code][0]
    name, _ = _NAMES.get(base_language(code), ("", ""))
    return f"{name} ({code})" if name else f"the language with the ISO 639 code {code}"


def is_language(code: str) -> bool:
    """Whether it has the form of a language code; models may not know the language."""
    return _CODE.fullmatch(code) is not None


def language_choices() -> list[tuple[str, str]]:
    """Returns codes with both names for a form; programs may use any other code."""
    return [(code, f"{name} / {own}") for code, (name, own) in _NAMES.items()]

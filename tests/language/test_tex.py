"""Formulas become TeX only where it is certain what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from latex2mathml.converter import convert

from engine.language.tex import as_tex


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("v = s/t", r"v=\frac{s}{t}"),
        ("x = (-b + sqrt(b\u00b2 - 4ac))/(2a)", r"x=\frac{-b+\sqrt{b^{2}-4ac}}{2a}"),
        ("E\u2096 = \u00bdmv\u00b2.", r"E_{k}=\frac{1}{2}mv^{2}"),
        ("\u0394s = v(t\u2082 \u2212 t\u2081)", "\u0394s=v(t_{2}-t_{1})"),
        ("x^{n+1} \u2264 2", r"x^{n+1}\leq 2"),
        ("f(x) = sin(x)", r"f(x)=\sin (x)"),
        ("x_i = 3,5", "x_{i}=3,5"),
    ],
)
def test_what_is_certain(text: str, tex: str) -> None:
    assert as_tex(text) == tex


@pytest.mark.parametrize(
    "text",
    [
        "The speed is high",
        "= p(i)",
        "K(m) =",
        "(a = b",
        "a) = b",
        "\u221ax = 2",
        "x == y",
        "by x <= c",
        "y = log2 (x)",
        "X = [ ]",
        "^2 = x",
        "x^{} = 1",
        "a_1\u2081 = b",
        "x^2\u00b2 = y",
        "sqrt = 2",
        "((((((((((x))))))))))",
        "x = " + "1 + " * 60 + "1",
    ],
)
def test_what_is_not(text: str) -> None:
    assert as_tex(text) == ""


def test_a_slash_with_more_beside_it_stays_a_slash() -> None:
    assert as_tex("y = 1/2x") == "y=1/2x"
    assert as_tex("F = mn/r\u00b2") == "F=mn/r^{2}"


@given(st.text(alphabet="ab12\u00b2\u2081+-=/()[]^_{}<.,; sqrt\u00bd\u0394!", max_size=40))
def test_whatever_it_gives_is_mathml(text: str) -> None:
    tex = as_tex(text)
    if tex:
        assert convert(tex).startswith("<math")

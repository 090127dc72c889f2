"""Topic text is untrusted: nothing in it may run or fetch, and citations must lead somewhere."""

from __future__ import annotations

import time

import pytest

from courses.markdown import render_markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "Text <img src=x onerror=alert(1)> text",
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe src='https://example.org'></iframe>",
        "<style>body { display: none }</style>",
    ],
)
def test_raw_html_is_shown_as_text(text: str) -> None:
    html = render_markdown(text)
    assert "&lt;" in html
    assert not any(tag in html for tag in ("<script", "<img", "<a ", "<iframe", "<style"))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///x"],
)
def test_addresses_that_run_code_are_no_links(address: str) -> None:
    assert "href=" not in render_markdown(f"[press]({address})")
    assert "href=" not in render_markdown(f"<{address}>")


def test_web_links_stay_and_pass_nothing_on() -> None:
    html = render_markdown("[site](https://example.org/)")
    assert 'href="https://example.org/"' in html
    assert 'rel="nofollow noopener noreferrer"' in html


def test_an_image_becomes_its_description() -> None:
    html = render_markdown('![A <river>](https://example.org/x.png "t")')
    assert "A &lt;river&gt;" in html
    assert "example.org" not in html


def test_markers_link_to_their_citations() -> None:
    html = render_markdown("One.[^1] Two.[^2][^1]", {1, 2})
    assert html.count('href="#citation-1"') == 2
    assert html.count('id="cited-1"') == 1
    assert 'href="#citation-2"' in html


def test_a_marker_without_a_citation_is_left_out() -> None:
    assert render_markdown("Water.[^99]", {1}) == "<p>Water.</p>\n"


def test_markers_in_code_stay_as_they_are() -> None:
    html = render_markdown("`a[^1]`\n\n```\nb[^1]\n```", {1})
    assert "a[^1]" in html
    assert "b[^1]" in html
    assert "#citation" not in html


def test_a_line_that_looks_like_a_link_definition_is_not_lost() -> None:
    assert "see page 3" in render_markdown("[^1]: see page 3", {1})


def test_tables_are_kept_without_inline_styles() -> None:
    html = render_markdown("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert "<td>1</td>" in html
    assert '<td class="align-right">2</td>' in html
    assert "style" not in html


def test_headings_go_below_those_of_the_page() -> None:
    assert render_markdown("# A\n\n##### B") == "<h3>A</h3>\n<h6>B</h6>\n"


@pytest.mark.parametrize("text", [">" * 5000 + " x", "[" * 5000, "- " * 3000 + "x", "*_" * 5000])
def test_huge_nesting_is_rendered_in_good_time(text: str) -> None:
    start = time.process_time()
    html = render_markdown(text)
    assert time.process_time() - start < 5
    assert html.count("<blockquote>") <= 20


@pytest.mark.parametrize("text", ["```\na = 1\n```", "    a = 1", "x" * 200_001])
def test_code_can_be_scrolled_by_keyboard(text: str) -> None:
    assert '<pre tabindex="0">' in render_markdown(text)

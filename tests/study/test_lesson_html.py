"""What is added to a lesson's HTML, and that nothing else gets in."""

from __future__ import annotations

import pytest

from courses.lesson_html import QUOTE_LENGTH, Sought, Term, annotate, mark_words, words_pattern
from courses.markdown import render_markdown

TERM = Term(7, "aquifer", 'Rock that holds "water" & <gas>.')


def test_places_and_headings_get_ids_once_each() -> None:
    html = render_markdown("One **bold** word.[^1]\n\n## Part\n\n- first\n\n  inner\n- second", {1})
    shown = annotate(html)
    assert [place.quote for place in shown.places] == ["One bold word.", "first inner", "second"]
    assert [heading.text for heading in shown.headings] == ["Part"]
    assert shown.html.count('id="place-') == 3
    assert '<h2 id="section-1">' in shown.html
    # The link to the source is as it was.
    assert 'id="cited-1" href="#citation-1"' in shown.html


def test_the_words_of_a_source_are_marked_across_markup() -> None:
    text = "Rain falls. Water **sinks** into an aquifer[^1] & stays there."
    shown = annotate(
        render_markdown(text, {1}),
        terms=[TERM],
        words=[],
        sought=Sought("Water sinks into an AQUIFER, & stays"),
    )
    assert 'Rain falls. <mark id="found" tabindex="-1">Water</mark> ' in shown.html
    assert "<mark>sinks</mark>" in shown.html
    assert "<mark>into an aquifer</mark>" in shown.html
    assert "&amp; <mark>stays</mark> there." in shown.html
    assert shown.marks == 4


def test_the_learning_aims_are_not_where_it_is_taught() -> None:
    said = "Explain why forests make floods smaller."
    html = f'<section class="lesson-block lesson-objectives"><ul><li>{said}</li></ul></section>'
    html += "<p>Why forests make floods smaller: their roots hold the soil.</p>"
    shown = annotate(
        html, sought=Sought("Forests make floods smaller, since their roots hold soil")
    ).html
    assert shown.index("lesson-objectives") < shown.index("<p") < shown.index("<mark")
    assert shown.count("<mark") == 1


def test_the_place_that_cites_a_source_is_found_where_its_words_are_not() -> None:
    html = render_markdown(
        "First.\n\n- one\n- two[^2]\n\n| a | b |\n|---|---|\n| 1 | 2[^3] |", {2, 3}
    )
    sought = Sought("quite other words that the lesson does not have", 2)
    shown = annotate(html, sought=sought)
    assert '<li id="place-3"><span id="found"' in shown.html
    assert (shown.marks, "<mark" in shown.html) == (1, False)
    in_table = annotate(html, sought=Sought("", 3)).html
    assert in_table.index('id="found"') < in_table.index("<table")
    assert annotate(html, sought=Sought("nothing", 9)).marks == 0
    # One word of several may stand anywhere.
    assert annotate(html, sought=Sought("First other", 0)).marks == 0


def test_the_contents_name_blocks_of_one_kind_once() -> None:
    check = '<aside><h2 lang="en">Check yourself</h2><p>Why?</p></aside>'
    shown = annotate(f"{check}<h2>Part</h2><p>One.</p>{check}")
    assert [heading.text for heading in shown.headings] == ["Check yourself", "Part"]
    assert shown.headings[0].id == "section-1"
    assert shown.html.count('id="section-') == 3


def test_headings_follow_the_title_without_a_gap() -> None:
    html = annotate(render_markdown("### Part\n\n##### Detail\n\n### Next")).html
    assert [html.count(f"<{tag} ") for tag in ("h2", "h3", "h4", "h5")] == [2, 1, 0, 0]
    assert html.count("</h2>") == 2


def test_a_long_passage_is_named_by_its_beginning() -> None:
    shown = annotate(f"<p>{'word ' * 200}</p>")
    assert len(shown.places[0].quote) <= QUOTE_LENGTH


@pytest.mark.parametrize(
    "html",
    [
        "<p>a &lt;script&gt;x&lt;/script&gt; &amp; b</p>",
        '<p><a href="https://a.example/?x=1&amp;y=&quot;2&quot;" rel="nofollow">l</a><br>m</p>',
        "<pre tabindex=\"0\"><code>if a &lt; b: print('&amp;lt;')</code></pre>",
        "<ul><li>a<ul><li>b</li></ul></li></ul><hr><p>c</p>",
    ],
)
def test_text_stays_text(html: str) -> None:
    shown = annotate(html, words=["nothing"]).html
    assert "<script" not in shown
    without = shown.replace("&#x27;", "'")
    for number in range(1, 5):
        without = without.replace(f' id="place-{number}"', "")
    assert without == html


def test_a_term_is_explained_once_and_not_in_code_or_links() -> None:
    html = "<h2>Aquifer</h2><pre><code>aquifer</code></pre><p>aquifers, an Aquifer, an aquifer</p>"
    shown = annotate(html, terms=[TERM], glossary="/g/").html
    assert shown.count('class="term"') == 1
    assert 'an <span class="term-box"><a class="term" href="/g/#term-7"' in shown
    assert "Rock that holds &quot;water&quot; &amp; &lt;gas&gt;." in shown


def test_of_two_terms_that_begin_alike_the_longer_is_found() -> None:
    terms = [Term(1, "ice", "Frozen."), Term(2, "ice sheet", "Large.")]
    assert "term-2" in annotate("<p>An ice sheet.</p>", terms=terms).html


def test_words_are_marked_by_their_base_form_and_the_first_can_be_jumped_to() -> None:
    shown = annotate("<p>Rivers and a river; arriver.</p>", words=["river"])
    assert shown.marks == 2
    assert shown.html.count('id="found"') == 1
    assert '<mark id="found" tabindex="-1">Rivers</mark>' in shown.html
    assert "<mark>river</mark>; arriver" in shown.html


def test_words_of_other_scripts_are_marked_whole() -> None:
    hindi = mark_words("नदी का पानी", words_pattern(["पानी"]))
    assert hindi == "नदी का <mark>पानी</mark>"
    assert mark_words("河川の水", words_pattern(["水"])) == "河川の<mark>水</mark>"
    assert mark_words("a < b", None) == "a &lt; b"

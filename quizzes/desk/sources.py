"""What stands beside an item: the passage of a document, with the quoted words marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from courses.editing import IN_MARKDOWN
from courses.figures import shown_figures, shown_formulas, topic_figures
from courses.markdown import render_lesson
from courses.models import Citation, Claim, Course, Passage, Topic
from courses.page_pictures import MarkedPage, marked_pages
from courses.quotes import shown_quote
from quizzes.models import Question
from quizzes.queries import printed_key

# Letters that no text has, around a sentence while it goes through Markdown.
MAX_WORDS, MAX_PLACES = 8, 12
_FROM, _TO = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an item rests on. `number` is the citation's in its lesson."""

    passage: Passage
    quote: str
    number: int = 0

    @property
    def marked(self) -> SafeString:
        """The passage's text, with the quoted words marked where they stand in it."""
        text = self.passage.text
        found = _words(self.quote).search(text) if self.quote.split() else None
        return shown_quote(text, found.span() if found else None)

    @property
    def pages(self) -> list[MarkedPage]:
        """The pages as they look, with the quoted words marked on them."""
        return marked_pages(self.passage, self.quote)


def _words(text: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()))


def sources_of(row: Topic | Claim | Question) -> list[Source]:
    if isinstance(row, Question):
        return _of_question(row)
    topic = row if isinstance(row, Topic) else row.topic
    citations = topic.citations.select_related("passage__document").order_by("position")
    if isinstance(row, Topic):
        return [Source(one.passage, one.quote, one.position) for one in citations]
    return list(_of_claim(row, list(citations)))


def _of_question(question: Question) -> list[Source]:
    """Returns its passage; for the document's own questions also that with the printed answer."""
    if question.passage is None:
        return []
    key = printed_key(question)
    if key is None or key[0] == question.passage:
        return [Source(question.passage, question.quote)]
    return [Source(question.passage, question.quote, 1), Source(*key, number=2)]


def _of_claim(claim: Claim, citations: list[Citation]) -> Iterator[Source]:
    """Yields the passages that it cites, or all of the lesson's; its nearest sentence is marked."""
    cited = [one for one in citations if one.position in claim.citations] or citations
    for one in cited:
        has_evidence = bool(claim.evidence) and bool(
            _words(claim.evidence).search(one.passage.text)
        )
        yield Source(one.passage, claim.evidence if has_evidence else one.quote, one.position)


def places_with(course: Course, words: str) -> list[Passage]:
    """Returns the first passages of the course's documents that hold all of these words."""
    found = Passage.objects.filter(document__course=course).select_related("document")
    for word in words.split()[:MAX_WORDS]:
        found = found.filter(text__icontains=word)
    return list(found.order_by("document__position", "position")[:MAX_PLACES])


def lesson(topic: Topic, sentence: str = "") -> SafeString:
    """Returns the lesson as learners read it, with one sentence marked, where it can be found."""
    content = topic.content.replace(_FROM, "").replace(_TO, "")
    words = [re.escape(word) for word in sentence.split()]
    found = re.search(IN_MARKDOWN.join(words), content) if words else None
    if found is None:
        return _as_learners_read(topic, content)
    start, end = found.span()
    marked = f"{content[:start]}{_FROM}{content[start:end]}{_TO}{content[end:]}"
    html = str(_as_learners_read(topic, marked))
    # What stands between was sanitised; these two tags are ours.
    html = html.replace(_FROM, '<mark id="here">', 1).replace(_TO, "</mark>", 1)
    return mark_safe(html.replace(_FROM, "").replace(_TO, ""))  # noqa: S308 - see above


def _as_learners_read(topic: Topic, content: str) -> SafeString:
    figures = topic_figures(topic)
    numbers = {citation.position for citation in topic.citations.all()}
    blocks = render_lesson(content, numbers, shown_figures(figures), shown_formulas(figures))
    context = {"blocks": blocks, "LANGUAGE_CODE": get_language()}
    return render_to_string("courses/_lesson.html", context)

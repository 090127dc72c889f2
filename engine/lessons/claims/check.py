"""Verdicts on the sentences of a lesson, by rules that need no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from engine.language.words import base_language
from engine.lessons.claims.names import name_findings
from engine.lessons.claims.numbers import number_findings
from engine.lessons.claims.order import cause_findings, comparison_findings, order_findings
from engine.lessons.claims.polarity import polarity_findings
from engine.lessons.claims.quantifiers import modal_findings, quantifier_findings
from engine.lessons.claims.reading import Sentence, read_passages, read_sentences
from engine.lessons.claims.roles import exchange_findings, moved_findings, role_findings
from engine.lessons.claims.source import Comparison, Finding, Source
from engine.lessons.claims.tables import row_read, table_findings
from engine.lessons.schemas import Verdict

# From here on a sentence is doubted: staff see it marked.
DOUBTED = 0.5
_EVERY_LANGUAGE = (
    number_findings,
    quantifier_findings,
    modal_findings,
    polarity_findings,
    moved_findings,
    name_findings,
)
_ENGLISH = (
    role_findings,
    exchange_findings,
    order_findings,
    cause_findings,
    comparison_findings,
)


@dataclass(frozen=True, slots=True)
class Check:
    """What the rules say of one sentence. `evidence` is the source's sentence nearest to it.

    NOT_CHECKED with a doubt below DOUBTED: the rules found nothing wrong, which is no proof.
    `findings` are in order of doubt, the gravest first.
    """

    verdict: Verdict
    doubt: float
    reason: str
    evidence: str
    findings: tuple[Finding, ...] = ()


class Checker:
    """Compares sentences in `language` with passages in `source_language`, or in the same.

    Takes some 10 ms a sentence of the passages, and as much for each that is checked. Of a
    translation the numbers and dates are compared.
    """

    def __init__(self, passages: Sequence[str], language: str, source_language: str = "") -> None:
        self._language = language
        self._source_language = source_language or language
        self._is_translated = base_language(language) != base_language(self._source_language)
        self._passages = [read_passages([text], self._source_language) for text in passages]
        self._sources: dict[tuple[int, ...], Source] = {}

    def check(self, texts: Sequence[str], within: Sequence[Sequence[int]] = ()) -> list[Check]:
        """Returns a check for each sentence of a lesson, which are given in their order.

        `within` has for each the positions of its own passages; without any it is compared with
        all. A number that the lesson introduced in an example may be used by later sentences.
        """
        told: frozenset[float] = frozenset()
        checks = []
        for claim, own in zip_longest(read_sentences(texts, self._language), within):
            wanted = tuple(sorted(set(own or ()))) or tuple(range(len(self._passages)))
            if wanted not in self._sources:
                sentences = [one for number in wanted for one in self._passages[number]]
                self._sources[wanted] = Source(sentences, self._source_language)
            check = self._checked(claim, self._sources[wanted], told)
            if any(finding.rule == "example" for finding in check.findings):
                told |= {abs(one.value) for one in claim.quantities}
            checks.append(check)
        return checks

    def _checked(self, claim: Sentence, source: Source, told: frozenset[float]) -> Check:
        if source.quotes(claim):
            return Check(Verdict.STATED, 0.0, "", claim.text)
        nearest = source.nearest(claim)
        if not nearest:
            return Check(Verdict.NOT_IN_SOURCE, 1.0, "It cites no passage.", "")
        found = sorted(self._findings(claim, source, nearest, told), key=lambda one: -one.doubt)
        trust = 1.0
        for finding in found:
            trust *= 1 - finding.doubt
        doubt = round(1 - trust, 3)
        evidence = "" if self._is_translated else nearest[0].text
        if doubt >= DOUBTED:
            grave = {Verdict.CONTRADICTED, Verdict.NOT_IN_SOURCE}
            gravest = next(one.verdict for one in found if one.verdict in grave)
            return Check(gravest, doubt, found[0].reason, evidence, tuple(found))
        derived = next((one for one in found if one.verdict is Verdict.DERIVED), None)
        verdict = Verdict.DERIVED if derived and doubt < _CLEAR else Verdict.NOT_CHECKED
        reason = derived.reason if derived and verdict is Verdict.DERIVED else ""
        return Check(verdict, doubt, reason, evidence, tuple(found))

    def _findings(
        self,
        claim: Sentence,
        source: Source,
        nearest: tuple[Sentence, ...],
        told: frozenset[float],
    ) -> Iterator[Finding]:
        if self._is_translated:
            yield from number_findings(Comparison(claim, source, nearest, told=told))
            return
        reading = row_read(claim, source)
        others = reading[1] if reading else ()
        look = Comparison(claim, source, nearest, others, told)
        for rule in _EVERY_LANGUAGE:
            yield from rule(look)
        if base_language(self._language) == "en":
            for rule in _ENGLISH:
                yield from rule(look)
        if reading:
            yield from table_findings(look, reading[0])


_CLEAR = 0.15

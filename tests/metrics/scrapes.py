"""Reading what `/metrics` answers."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.waiting import LONG


@dataclass(frozen=True, slots=True)
class Scrape:
    """Samples by name and labels."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    def names(self) -> set[str]:
        return {name for name, _ in self.samples}

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name with these labels, whatever their others are."""
        wanted = set(labels.items())
        return sum(
            value for (own, has), value in self.samples.items() if own == name and wanted <= has
        )

    def values(self, name: str, label: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for (own, has), value in self.samples.items():
            if own == name:
                key = dict(has)[label]
                found[key] = found.get(key, 0) + value
        return found


def parse(text: str) -> Scrape:
    return Scrape(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
    )


def scrape(address: str, token: str = "") -> Scrape:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.get(f"{address}/metrics", headers=headers, timeout=LONG)
    return parse(answer.raise_for_status().text)

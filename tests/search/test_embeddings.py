from __future__ import annotations

import numpy as np

from engine.search.embeddings import embedder


def test_texts_become_unit_vectors() -> None:
    vectors = embedder().embed(["Rivers flow.", "A cat."])
    assert vectors.shape == (2, 256)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_vector() -> None:
    assert embedder().embed([]).shape == (0, 256)


def test_an_empty_text_gives_zeros_and_no_warning() -> None:
    vectors = embedder().embed(["", "A cat."])
    assert not vectors[0].any()
    assert vectors[1].any()


def test_likeness_of_meaning_beats_likeness_of_letters() -> None:
    king, monarch, kidney = embedder().embed(["the king ruled", "a monarch reigned", "the kidney"])
    assert king @ monarch > king @ kidney

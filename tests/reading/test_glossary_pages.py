"""Pages of short paragraphs, such as the entries of a glossary."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from engine.reading.extract import extract_document

ENTRIES = [
    ["axon: long part of a nerve cell that carries signals away from the body of the cell"],
    ["dendrite: short part of a nerve cell with many branches that receives the signals of other",
     "cells and leads them to the body of the cell"],
    ["glia: cells that support, feed and protect the nerve cells all over the nervous system"],
    ["medulla: part of the hindbrain that controls breathing, blood pressure and the heartbeat"],
    ["myelin: layer of fat around many nerve cells that makes their signals travel much faster",
     "than those of cells without such a layer"],
    ["neuron: cell of the nervous system that receives signals and sends them on to other cells"],
    ["pons: part of the hindbrain that connects the big brain with the spinal cord of the body"],
    ["synapse: place at which a nerve cell gives its signal to the next one by a messenger that",
     "crosses the small gap between the two"],
    ["thalamus: part of the brain through which nearly all signals of the senses have to pass"],
    ["ventricle: hollow in the brain in which the liquid is made that surrounds the whole brain"],
]  # fmt: skip


def test_entries_of_one_line_each_stay_paragraphs_of_their_own(tmp_path: Path) -> None:
    """Most steps on such a page lead to the next paragraph, not to the next line of one."""
    path = tmp_path / "glossary.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(50, 780, "Key Terms")
    canvas.setFont("Helvetica", 11)
    y = 740
    for lines in ENTRIES:
        for line in lines:
            canvas.drawString(50, y, line)
            y -= 13
        y -= 11
    canvas.save()
    text = "\n\n".join(passage.text for passage in extract_document(path).passages)
    read = [" ".join(one.split()) for one in text.split("\n\n")]
    assert [one for one in read if ": " in one] == [" ".join(lines) for lines in ENTRIES]

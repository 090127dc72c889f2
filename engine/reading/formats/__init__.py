"""Readers of documents that are no PDFs; each gives the same elements in reading order."""

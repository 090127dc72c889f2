"""The quiz engine of a language model."""

"""The quiz engine that lets a language model ask, and checks whatever it asks."""

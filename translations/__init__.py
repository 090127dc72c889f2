"""The languages of learners' pages: a catalogue each, and the tool that keeps them up to date.

The tool needs Babel, which is there for developers only; pages need the compiled catalogues alone.
"""

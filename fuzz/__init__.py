"""Random and spoiled input for whatever reads what strangers send; see docs/fuzzing.md."""

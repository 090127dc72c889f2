"""Whether a lesson's sentences stand in the passages that they rest on: rules without a model."""

"""The course engine that needs no model and no network."""

from courses.generation.extractive.engine import ExtractiveCourseEngine

__all__ = ["ExtractiveCourseEngine"]

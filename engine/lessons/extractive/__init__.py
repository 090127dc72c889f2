"""The course engine that needs no model and no network."""

from engine.lessons.extractive.engine import ExtractiveCourseEngine

__all__ = ["ExtractiveCourseEngine"]

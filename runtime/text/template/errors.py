"""What can go wrong when a template runs."""

__all__ = ["TemplateError"]


class TemplateError(Exception):
    """The template failed for this data."""

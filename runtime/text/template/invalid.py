"""Why a function refuses its arguments."""

__all__ = ["Invalid"]


class Invalid(Exception):  # noqa: N818
    """A function's own error; it makes the template fail for this data."""

"""Sprig's functions, without those that reach outside (environment, network, clock, chance, keys)."""

from runtime.text.template import sprig_lists, sprig_numbers, sprig_texts, sprig_values

__all__ = ["TABLES"]

TABLES = (sprig_texts.TABLE, sprig_numbers.TABLE, sprig_lists.TABLE, sprig_values.TABLE)

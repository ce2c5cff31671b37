"""Texts as Go and Loki read and write them: times, templates, regular expressions, JSON."""

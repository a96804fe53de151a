"""Nouns only: frozen data that every room shares. No behaviour that reaches outside, no I/O, no vendor."""

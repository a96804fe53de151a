"""Runs a plan's steps, and nothing else: it never plans, renders or reads files. What it does is told as events."""

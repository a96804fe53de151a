"""Reign: one reviewable plan over containers, clusters, Terraform, GitHub, scripts and files."""

__version__ = "0.1.0"

"""The state of a project: a journal that is the truth, and a DuckDB store that is fed from it."""

from reign.state.reader import read

__all__ = ["read"]

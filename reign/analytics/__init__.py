"""Questions to state and history, in SQL."""

from reign.analytics.reader import ask, ask_all, query, timeline
from reign.analytics.table import Table

__all__ = ["Table", "ask", "ask_all", "query", "timeline"]

"""Questions to state and history, in SQL."""

from reign.analytics.reader import Table, ask, query

__all__ = ["Table", "ask", "query"]

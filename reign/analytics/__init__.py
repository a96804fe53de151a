"""Questions to state and history, in SQL."""

from reign.analytics.reader import Table, ask, ask_all, query

__all__ = ["Table", "ask", "ask_all", "query"]

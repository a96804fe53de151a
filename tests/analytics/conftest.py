"""The states that the state's own tests write."""

from tests.state.conftest import layout, writer

__all__ = ["layout", "writer"]

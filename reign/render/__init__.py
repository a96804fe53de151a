"""Text for people: pure functions from the nouns to lines. Nothing here writes, asks or reads a clock."""

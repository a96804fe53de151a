"""The one document of a YAML file, as nodes.

The C composer is not used: it recurses, and half a million brackets end the process. Its parser does not.
"""

from __future__ import annotations

from collections.abc import Collection

from reign.yaml.building import Composer
from reign.yaml.limits import Aliases
from reign.yaml.nodes import Node, Source
from reign.yaml.report import Report
from reign.yaml.unreadable import Unreadable, wrong_character, wrong_syntax

__all__ = ["Aliases", "Unreadable", "compose"]

MOST_READ_AGAIN = 256 << 10
"""Characters of a file that is read once more where the C parser, which knows YAML 1.1, trips over a colon in a list."""
_COLON = "unexpected ':'"


def compose(source: Source, report: Report, aliases: Aliases | None = None, tags: Collection[str] = ()) -> Node | None:
    """The one document of `source`, or None when it is empty. `aliases` are counted on when it could be read. Of the tags
    that are not YAML's own, `tags` are kept at their nodes; others are refused.

    Duplicate keys are reported and the first kept. Raises Unreadable for wrong syntax and for what is over a limit.
    """
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    aliases = aliases or Aliases()
    try:
        return Composer(source, report, aliases, tags).document(CParser(source.text))
    except MarkedYAMLError as error:
        if tags and _COLON in str(error.problem) and len(source.text) <= MOST_READ_AGAIN:
            return _by_newer_rules(source, report, aliases, tags)
        raise wrong_syntax(source, error) from None
    except ReaderError as error:
        raise wrong_character(source, error.position) from None


def _by_newer_rules(source: Source, report: Report, aliases: Aliases, tags: Collection[str]) -> Node | None:
    """The document where `[a:b]` is a list of one text, as in YAML 1.2 and in what reads the other system's files."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    parser = YAML(typ="safe", pure=True).get_constructor_parser(source.text)[1]
    try:
        return Composer(source, report, aliases, tags).document(parser)
    except MarkedYAMLError as error:
        raise wrong_syntax(source, error) from None

"""The `${...}` grammar, its evaluation, and templates: text and values in, values out. Nothing is read, run or logged."""

from reign.expression.errors import ExpressionError, MissingError
from reign.expression.links import link, links
from reign.expression.parser import parse, parse_expression
from reign.expression.resolve import resolve
from reign.expression.scope import Scope, resource_root
from reign.expression.show import show, show_text
from reign.expression.syntax import Node, Reference, Text, references

__all__ = [
    "ExpressionError",
    "MissingError",
    "Node",
    "Reference",
    "Scope",
    "Text",
    "link",
    "links",
    "parse",
    "parse_expression",
    "references",
    "resolve",
    "resource_root",
    "show",
    "show_text",
]

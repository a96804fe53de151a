"""`requires`: which versions of Reign and of providers a project is written for."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Several

from reign import __version__
from reign.config.reading import is_nothing
from reign.yaml.nodes import Mapping, Node, Scalar
from reign.yaml.report import Report

_PROVIDERS = "reign.providers"


def installed_version(provider: str) -> str | None:
    """The version of the package that brings a provider; None where no package does."""
    from importlib.metadata import entry_points  # 17 ms, for the few projects that ask

    for entry in entry_points(group=_PROVIDERS, name=provider):
        if entry.dist is not None:
            return entry.dist.version
    return None


def is_for_this_reign(requires: Node | None, report: Report) -> bool:
    """Report a version of Reign that the project is not written for: what else is found may follow from just that."""
    wanted = requires.get("reign") if isinstance(requires, Mapping) else None
    return not isinstance(wanted, Scalar) or _is_met(wanted, "Reign", __version__, report)


def check_providers(
    requires: Node | None, types: Callable[[], Several[str]], versions: Callable[[str], str | None], report: Report
) -> None:
    """Report every provider that is missing, or is there in another version. One that comes with Reign has its version."""
    wanted = requires.get("providers") if isinstance(requires, Mapping) else None
    if not isinstance(wanted, Mapping) or not wanted.pairs:
        return
    own = sorted({each.removeprefix("data.").partition(".")[0] for each in types()})
    for name, (key, node) in wanted.pairs.items():
        version = versions(name) or (__version__ if name in own else None)
        if version is None:
            report.at(
                key,
                "unknown-provider",
                "Unknown provider",
                f'The project requires the provider "{name[:80]}", and none of that name is installed.',
                nearest=report.nearest(name, own),
                fix="Install the package that brings it.",
            )
        elif isinstance(node, Scalar) and not is_nothing(node):
            _is_met(node, f"the provider {name}", version, report)


def _is_met(node: Scalar, who: str, version: str, report: Report) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if is_nothing(node):
        return True
    try:
        wanted = SpecifierSet(node.text)
    except InvalidSpecifier:
        report.at(
            node,
            "wrong-value",
            "Wrong value",
            f'"{node.text[:80]}" is no version specifier, which is made of ==, !=, >=, >, <=, < or ~= and a version.',
            fix=f'Write ">={node.text}", for example.' if node.text[:1].isdigit() else 'Write it like ">=0.1,<2".',
        )
        return True
    try:
        met = wanted.contains(Version(version), prereleases=True)
    except InvalidVersion:
        met = False
    if not met:
        report.at(
            node,
            "unmet-requirement",
            "Another version is required",
            f"The project requires {who} {node.text[:80]}, and {version} is installed.",
            fix=f"Install a version of {who} that is {node.text[:80]}.",
        )
    return met

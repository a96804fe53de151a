"""The images of a project: one for each that its services use, pulled, or built where one of them says how."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from reign.model.address import Address
from reign.model.values import Deferred, Spec, Value
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.grants import Grants
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.shapes import as_build, as_list
from reign.providers.docker.compose.stores import given
from reign.providers.docker.compose.tree import text_of, value_of
from reign.providers.docker.images.references import canonical
from reign.yaml.nodes import Mapping, Node, Scalar


@dataclass(frozen=True, slots=True)
class Image:
    """Where an image is made, and how its exact content is referred to."""

    address: Address
    reference: Deferred


class Images:
    """Makes the images; services that use the same one share it, under the name of the first that builds it, else of the
    first, whatever their order in the file.
    """

    def __init__(self, project: Project, services: dict[str, Mapping], grants: Grants, scope: Scope) -> None:
        self._project, self._services, self._grants, self._scope = project, services, grants, scope
        self._makers: dict[str, str] = {}
        for name, node in sorted(services.items(), key=lambda each: (each[1].get("build") is None, each[0])):
            if node.get("image") is not None:
                self._makers.setdefault(str(_reference(node)), name)
        self._made: dict[str, tuple[Image, Value]] = {}

    def of(self, service: str, key: Node) -> Image | None:
        """The image of a service; None where it names none, which is told."""
        node = self._services[service]
        if node.get("build") is None and node.get("image") is None:
            self._project.problems.at(
                key,
                "spec/required",
                "Missing key",
                f"The service {service} says neither which `image` it is made of, nor how to `build` one.",
                "Add `image`, or `build`.",
            )
            return None
        reference = str(_reference(node)) if node.get("image") is not None else f"{service}\0"
        own = value_of(node.get("build")) if node.get("build") is not None else None
        maker = self._makers.get(reference, service)
        if maker != service and own in (None, value_of(self._services[maker].get("build"))):
            return self.of(maker, key)
        if reference not in self._made or (own is not None and self._made[reference][1] != own):
            self._made[reference] = (self._make(service, node), own)
        return self._made[reference][0]

    def _make(self, service: str, node: Mapping) -> Image:
        project = self._project
        address = project.address("image", service)
        if address not in project.made:
            named = node.get("image")
            spec: Spec = {"name": f"{project.name}-{service}" if named is None else text_of(named)}
            build = node.get("build")
            if build is not None:
                spec["build"] = self._build(as_build(build))
            policy = text_of(node.get("pull_policy"))
            if policy not in (None, "build") and build is None:
                spec["pull_policy"] = policy
            if node.get("platform") is not None:
                spec["platform"] = text_of(node.get("platform"))
            at = build if build is not None else named
            project.add(address, spec, at if at is not None else node, ())
        return Image(address, project.refer("image", service, "reference"))

    def _build(self, node: Mapping) -> Value:
        spec = value_of(node)
        if not isinstance(spec, dict):
            return spec
        spec.setdefault("context", ".")
        if (args := node.get("args")) is not None and not isinstance(args, Scalar):
            spec["args"] = given(args, self._scope, self._project.problems)
        if (secrets := node.get("secrets")) is not None:
            spec["secrets"] = self._secrets(secrets)
        return spec

    def _secrets(self, node: Node) -> Value:
        """By the id that steps name, each with the file or the value that the compose file gives it."""
        found: Spec = {}
        for item in as_list(node).items:
            if (grant := self._grants.of("secrets", item)) is not None:
                found[grant.target or grant.source] = (
                    {"value": grant.content} if grant.file is None else {"file": grant.file}
                )
        return found


def _reference(node: Mapping) -> Value:
    """The name of an image in the one way to write it."""
    named = text_of(node.get("image"))
    try:
        return canonical(named) if isinstance(named, str) else repr(named)
    except PydanticCustomError:
        return named

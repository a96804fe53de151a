"""docs/compose.md: the keys that are taken and those that are refused, by the tables that the code goes by."""

from collections.abc import Iterator, Mapping

from reign.providers.docker.compose import refusals
from reign.providers.docker.compose.keys import HERE, of_containers
from reign.providers.docker.containers.spec import ContainerSpec
from reign.providers.docker.specs.build import BuildSpec
from reign.providers.spec import Refusal
from tests.docs.blocks import Blocks

PLACES: Mapping[str, Mapping[str, Refusal]] = {
    "": refusals.ROOT,
    "services.*.": {
        **{name: told for name, told in ContainerSpec.refusals.items() if name in ("credential_spec", "umask")},
        **refusals.SERVICE,
    },
    "services.*.build.": BuildSpec.refusals,
    "services.*.networks.*.": refusals.NETWORK,
    "services.*.configs.*., services.*.secrets.*.": refusals.PLACED,
    "services.*.deploy.": refusals.DEPLOY,
    "services.*.deploy.resources.reservations.": refusals.RESERVATIONS,
    "services.*.deploy.restart_policy.": refusals.RESTART_POLICY,
    "configs.*.": refusals.CONFIG,
    "secrets.*.": refusals.SECRET,
}
"""Where the refused keys stand."""


def compose() -> Blocks:
    """Two blocks."""
    texts = {
        "taken": ", ".join(f"`{name}`" for name in sorted(of_containers() - HERE)),
        "refused": "\n".join(_refused()),
    }
    return Blocks("the tables of keys, reign/providers/docker/compose", texts)


def _refused() -> Iterator[str]:
    yield "| key | why it is refused | instead |"
    yield "|---|---|---|"
    for places, refused in PLACES.items():
        for name, told in sorted(refused.items()):
            keys = ", ".join(f"`{place}{name}`" for place in places.split(", "))
            yield f"| {keys} | {told.detail} | {told.fix.removesuffix(IGNORED)} |"


IGNORED = " Or name it under `ignore`."

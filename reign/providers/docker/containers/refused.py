"""Keys of a Compose service that a container of its own does not have, each with what to write instead."""

from __future__ import annotations

from collections.abc import Mapping

from reign.providers.spec import Refusal


def _refusal(key: str, detail: str, fix: str) -> Refusal:
    return Refusal("docker/container-key", "Key of a service that a container does not have", f"{key}: {detail}", fix)


REFUSED: Mapping[str, Refusal] = {
    key: _refusal(key, detail, fix)
    for key, (detail, fix) in {
        "attach": ("nobody is attached to what an apply starts.", "Remove it; its output is shown by `reign logs`."),
        "build": (
            "an image is built by a resource of its own.",
            "Declare a docker.image with `build`, and write image: ${resources.NAME.id} here.",
        ),
        "configs": (
            "configs are files of a compose file or of a swarm.",
            "Mount the file: write it under `volumes`, read-only; or write its content under `files`.",
        ),
        "container_name": ("the key is called `name`, as for networks and volumes.", "Rename it to `name`."),
        "credential_spec": ("credentials of Windows accounts are not supported.", "Remove it."),
        "depends_on": (
            "dependencies stand beside `spec`, for resources of every type.",
            "Move it one level up; what this container needs of another one is waited for by that one's `wait`.",
        ),
        "deploy": (
            "limits of a container are keys of their own, and replicas are instances of the resource.",
            "Write cpus, mem_limit, mem_reservation, pids_limit, gpus and restart here, and `count` beside `spec`.",
        ),
        "develop": ("nothing is watched after an apply.", "Remove it."),
        "extends": (
            "services extend each other in compose files.",
            "Use a docker.compose, or locals: spec: ${local.NAME | merge({...})}.",
        ),
        "external_links": ("all containers are named in the same way.", "Write them under `links`."),
        "models": ("models are run by Docker Model Runner, which is not supported.", "Remove it."),
        "post_start": ("nothing is run in a container after its start.", "Use a shell.command with docker exec."),
        "pre_start": (
            "what runs before a container is a container, too.",
            "Declare another docker.container with wait: completed, and depend on it.",
        ),
        "pre_stop": ("nothing is run in a container before its end.", "Use stop_signal, and stop_grace_period."),
        "profiles": ("a resource is switched off by an expression.", "Write enabled: ${...} beside `spec`."),
        "provider": ("services of other providers stand in compose files.", "Declare a resource of that system."),
        "pull_refresh_after": (
            "an image is looked for when its container is made.",
            "Declare a docker.image, which is pulled anew when its tag leads to another one.",
        ),
        "scale": ("instances are made by the resource.", "Write `count` beside `spec`."),
        "secrets": (
            "secrets are files of a compose file or of a swarm.",
            "Hand the value over in `environment`, or mount its file: write it under `volumes`, read-only.",
        ),
        "umask": ("the engine has no way to set it.", "Set it in the command."),
        "use_api_socket": (
            "nothing gets credentials of its own accord.",
            "Mount the socket, if that is meant: /var/run/docker.sock under `volumes`.",
        ),
    }.items()
}
"""By name. Other unknown keys are told with the nearest one that there is."""

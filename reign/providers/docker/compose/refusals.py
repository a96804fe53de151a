"""Keys of the Compose specification that a single engine, planned by Reign, cannot honour: each with why, and what to do."""

from __future__ import annotations

from reign.providers.spec import Refusal

CODE = "docker/compose-key"


def _no(why: str, fix: str) -> Refusal:
    return Refusal(CODE, "Key of a compose file that is not supported", why, f"{fix} Or name it under `ignore`.")


_SWARM = "That is for a swarm, which places and updates containers by itself; here is one engine."
_REMOVE = "Remove it."

ROOT = {
    "models": _no(
        "Models are run by Docker Desktop, and no engine has them.", "Run the model in a service of its own."
    ),
    "jobs": _no("Jobs are started by hand or by the clock, and a plan makes what is to stand.", "Declare a service."),
}
SERVICE = {
    "attach": _no(
        "It tells whose output `up` shows, and nothing is attached to here.", "Use `reign logs`, and remove it."
    ),
    "develop": _no(
        "It tells what is synchronised while somebody develops, and a plan makes what is to stand.", _REMOVE
    ),
    "provider": _no("Another program would make this service, and nobody would know what.", "Run it by shell.command."),
    "models": _no(
        "Models are run by Docker Desktop, and no engine has them.", "Run the model in a service of its own."
    ),
    "external_links": _no(
        "Links go to containers outside of the file, which a link does not wait for.",
        "Join a network that both are in, and use its aliases.",
    ),
    "pre_start": _no(
        "Commands around a container's life are run by compose itself.", "Declare a service that runs it."
    ),
    "post_start": _no("Commands around a container's life are run by compose itself.", "Use shell.command behind it."),
    "pre_stop": _no("Commands around a container's life are run by compose itself.", "Use `stop_signal`."),
    "pull_refresh_after": _no("Pulling by the clock makes another plan every day.", "Use pull_policy: always."),
    "use_api_socket": _no(
        "It hands the engine itself, with the credentials of whoever runs this, to the container.",
        "Mount the socket in words under `volumes`.",
    ),
}
DEPLOY = {
    "endpoint_mode": _no(_SWARM, _REMOVE),
    "labels": _no("They are for a swarm's service, and no container carries them.", "Write them under `labels`."),
    "placement": _no(_SWARM, _REMOVE),
    "rollback_config": _no(_SWARM, "Roll back by `reign rollback`."),
    "update_config": _no(_SWARM, "Use `lifecycle.create_before_destroy` of the block."),
}
LIMITS: dict[str, Refusal] = {}
RESERVATIONS = {
    "cpus": _no("An engine sets no processors aside; that is for a swarm.", "Use `cpu_shares` or `cpus`."),
    "generic_resources": _no(_SWARM, "Use `devices`."),
}
RESTART_POLICY = {
    "delay": _no("An engine waits by its own measure before it starts a container again.", _REMOVE),
    "window": _no("An engine decides by its own measure whether a restart went well.", _REMOVE),
}
_STORE = _no("Only a swarm keeps configs and secrets by itself.", "Give it by `file`.")
CONFIG = dict.fromkeys(("external", "labels", "template_driver"), _STORE)
SECRET = {
    **dict.fromkeys(("external", "labels", "driver", "driver_opts", "template_driver"), _STORE),
    "content": Refusal(
        "docker/compose-secret",
        "Secret in the file",
        "What stands in a compose file is no secret.",
        "Give it by `file`.",
    ),
}
PLACED = dict.fromkeys(
    ("uid", "gid", "mode"),
    _no("A file of the machine is bound as it stands, owner and permissions included.", "Give the file itself these."),
)
NETWORK = {
    "use_service_name_alias": _no(
        "A service is always found by its name.", "Give it a network of its own where it should not be."
    ),
}

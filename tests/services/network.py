"""The bridge that the engine's containers stand on by default: its own, so that no other engine's is touched."""

from __future__ import annotations

from tests.services.machine import rooted, where

BRIDGE, GATEWAY = "reign-tests0", "10.213.0.1/24"
RANGE, POOL = "10.213.0.0/16", "10.213.0.0/17"
"""All addresses of its containers; those that it gives out by itself. A test that fixes addresses takes others of RANGE."""
LET_THROUGH = ("FORWARD", "-s", RANGE, "-d", RANGE, "-j", "ACCEPT")
"""What another engine's firewall would drop, where bridges pass the machine's."""


def have_bridge() -> None:
    """Have it there, and what crosses it let through: a kernel that cannot filter has nothing in the way."""
    ip, iptables = where("ip"), where("iptables")
    if rooted(ip, "link", "show", BRIDGE, check=False).returncode:
        rooted(ip, "link", "add", BRIDGE, "type", "bridge")
    rooted(ip, "address", "replace", GATEWAY, "dev", BRIDGE)
    rooted(ip, "link", "set", BRIDGE, "up")
    if rooted(iptables, "-w", "-C", *LET_THROUGH, check=False).returncode:
        rooted(iptables, "-w", "-I", *LET_THROUGH, check=False)


def drop_bridge() -> None:
    """Have it as it was before."""
    rooted(where("iptables"), "-w", "-D", *LET_THROUGH, check=False)
    rooted(where("ip"), "link", "delete", BRIDGE, check=False)

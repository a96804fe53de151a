"""Commands that take the firewall or the network away, or switch off what protects the machine."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import DEFENCES, SYSTEM
from reign.providers.shell.safety.text import UNKNOWN, literal

GUARDS = (
    r"(?:firewalld|ufw|iptables|ip6tables|nftables|apparmor|auditd|fail2ban|selinux|falco|osquery\w*|crowdsec|clamav[\w-]*"
    r"|rsyslog|syslog-ng|syslog|systemd-journald|ossec|wazuh[\w-]*|falcon-sensor|mdatp|aide|samhain)(?:\.service)?"
)


def filter_packets(command: Command) -> str:
    """`iptables`, `nft`, `ufw`, `pfctl`: no firewall any more."""
    words = [literal(word) for word in command.args]
    said = " ".join(words)
    name = command.name
    gone = False
    if name.startswith(("iptables", "ip6tables", "ebtables", "arptables")):
        gone = any(re.fullmatch(r"-F|--flush|-X|--delete-chain", word) for word in words) and _is_whole(words)
        gone = gone or bool(re.search(r"(?:-P|--policy) (?:INPUT|FORWARD) ACCEPT", said))
        if re.search(r"(?:-P|--policy) (?:INPUT|OUTPUT) (?:DROP|REJECT)", said) and not _lets_in(command):
            command.tell(SYSTEM, "cuts the machine off from the network")
    elif name == "nft":
        gone = bool(re.search(r"\bflush ruleset\b|\b(?:flush|delete) table\b", said))
    elif name == "ufw":
        gone = bool(re.search(r"(?:^|\s)(?:disable|reset)\b", said)) or bool(re.search(r"default allow incoming", said))
    elif name == "pfctl":
        gone = bool(re.search(r"-\w*d\b|-F\s*(?:all|rules)", said))
    elif name == "firewall-cmd":
        gone = "--panic-on" in words or bool(re.search(r"--set-default-zone=trusted", said))
    elif name == "netsh":
        gone = bool(re.search(r"(?i)state off|firewall set opmode disable", said))
    if gone:
        command.tell(DEFENCES, "takes the firewall away")
    return UNKNOWN


def _lets_in(command: Command) -> bool:
    """Whether other lines of the same script say what may still come in."""
    return bool(re.search(r"-[AI]\s+(?:INPUT|OUTPUT)\b.*\bACCEPT", command.scope.found.source))


def _is_whole(words: list[str]) -> bool:
    """Whether the built-in chains go, and not one of somebody's own."""
    at = next((at for at, word in enumerate(words) if word in ("-F", "--flush", "-X", "--delete-chain")), 0)
    chain = words[at + 1 : at + 2]
    return not chain or chain[0].startswith("-") or chain[0] in ("INPUT", "OUTPUT", "FORWARD")


_SWITCHES = {
    "setenforce": r"0|(?i:permissive)",
    "auditctl": r".*(?:-e\s*0|-D).*",
    "spctl": r".*--(?:master|global)-disable.*",
    "csrutil": r"disable.*",
    "aa-teardown": r".*",
    "aa-disable": r".*",
    "apparmor_parser": r".*-R.*",
    "update-rc.d": rf"(?:-f )?{GUARDS} (?:disable|remove).*",
    "launchctl": r".*(?:unload|bootout|disable).*(?:alf|sandbox|mdmclient|xprotect).*",
    "tccutil": r"reset All",
    "wevtutil": r"cl .*",
    "journalctl": r".*--vacuum-(?:time=[01]s?|size=[01][KM]?|files=[01])$",
    "logrotate": r"(?!)",
    "mokutil": r".*--disable-validation.*",
    "faillock": r"(?!)",
}
SWITCHES = tuple(_SWITCHES)


def switch(command: Command) -> str:
    """Those that switch a protection off."""
    if re.fullmatch(_SWITCHES[command.name], literal(" ".join(command.args))):
        command.tell(DEFENCES, "switches off what protects or watches the machine")
    return UNKNOWN


_DEVICE = r"(?:dev )?(?:eth\d\S*|en[opsx]\w+|ens\w*|wl\w+|bond\d\S*|em\d\S*|lo|\$\S+|\ue000)"
_DOWN = re.compile(
    rf"(?:.* )?link set {_DEVICE} down.*|(?:.* )?link (?:set down|del(?:ete)?) {_DEVICE}.*|{_DEVICE} down"
    rf"|(?:-\S+ )*{_DEVICE}|(?:.* )?-\w*a\w*|(?:.* )?route del default.*|del (?:-net )?default.*"
    r"|dev\w* disconnect .*|con\w* down .*"
)


def cut_off(command: Command) -> str:
    """`ip link set eth0 down`, `ifdown`, `route del default`: no network, where it is not brought back at once."""
    said = literal(" ".join(command.args))
    is_down = command.name == "ifdown" or "down" in said or " del" in f" {said}" or "disconnect" in said
    if (
        is_down
        and _DOWN.fullmatch(said)
        and not re.search(r"\bup\b|\bifup\b|route (?:add|replace)", command.scope.found.source)
    ):
        command.tell(SYSTEM, "cuts the machine off from the network")
    return UNKNOWN

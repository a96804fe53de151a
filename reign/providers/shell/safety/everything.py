"""Commands to clusters, clouds, engines and repositories that delete all of what is kept there."""

from __future__ import annotations

import re
from typing import NamedTuple

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, ERASES
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import loss, resolved
from reign.providers.shell.safety.text import EVERY, literal

TRIAL = re.compile(
    r"(?i)(?:^|[^a-z])(?:tests?|testing|tmp|temp|temporary|stage|staging|dev|preview|pr|scratch|sandbox|demo|ci|qa|old|trial"
    r"|ephemeral|feature|review|example|dummy|throwaway)(?![a-z])"
)
"""A name that says that what has it may go."""
_CHECKED = re.compile(r"--dry-?run(?!=none)|--help| -h\b|--what-if|--query ['\"]?help|--cached| -n (?:s3|gs)://")
_DATA = "deletes all that is kept there"
_ROOT = r"(?:s3|gs|b2|oss)://[^/\s]+/?(?:\*\*?)?(?= |$)"


class Rule(NamedTuple):
    """What the words say; those that are about a trial may say it."""

    says: str
    code: str = ERASES
    why: str = _DATA
    tries: bool = True


_ADMIN = Rule(
    r"iam (?:attach|put)-\S+-policy .*(?:AdministratorAccess|Action\W+\*)|(?:authorize|update)-security-group\S* .*"
    r"(?:--(?:port|from-port) (?:22|3389)\b|--protocol (?:-1|all)\b).*0\.0\.0\.0/0|put-bucket-acl .*public-read-write"
    r"|add-iam-policy-binding .*(?:allUsers|allAuthenticatedUsers)|role assignment create .*--role \W?Owner"
    r"|system:(?:anonymous|unauthenticated)",
    BACKDOOR,
    "lets others do there what they like",
    tries=False,
)
_WATCH = Rule(
    r"cloudtrail (?:stop-logging|delete-trail)|guardduty delete-detector|config(?:service)? (?:stop|delete)-configuration"
    r"|logging sinks delete|monitor (?:diagnostic-settings|log-profiles) delete",
    DEFENCES,
    "stops what protects or watches an account",
    tries=False,
)
_INFRA = Rule(
    r"^ (?:-chdir\S+ |run-all |run --all (?:-- )?)*(?:destroy\b(?!.* -?-target)|apply\b.* --?destroy\b"
    r"|stack rm .*(?:-f|--force)\b)"
)
_CLUSTER = (
    Rule(
        r" delete(?=.* --all(?:=true)?(?: |$))(?:.*[ ,](?:ns|namespaces?|pv|persistentvolumes?|pvc|persistentvolumeclaims?"
        r"|crds?|customresourcedefinitions?\S*|nodes?|all|statefulsets?|sts|clusterrole\w*)[ ,]"
        r"|.* (?:-A|--all-namespaces)(?: |$))"
    ),
    Rule(rf" delete .*(?:{EVERY}|(?:-A|--all-namespaces)(?: |$))"),
    Rule(r" delete (?:.* )?(?:ns|namespaces?)[ /](?:.* )?(?:kube-\w+|default|prod(?:uction)?)(?: |$)"),
    Rule(
        r" (?:run|debug) .*(?:\"(?:hostPID|privileged)\"\s*:\s*true.*){2}",
        BACKDOOR,
        "gives a container the whole machine, and enters it as root",
        tries=False,
    ),
    Rule(r" scale .*--all .*--replicas[= ]0|--replicas[= ]0 .*--all(?: |$)"),
    _ADMIN,
)
_ENGINE = (
    Rule(
        r" system (?:prune|reset)(?=.* (?:-\w*f|--force))(?:.* -\w*a|.* --all|.* --volumes)| volume prune(?=.* -\w*a)"
    ),
    Rule(rf" (?:rm|kill|remove) .*{EVERY}"),
    Rule(
        r" run(?=.* --privileged)(?=.* --pid[= ]host)",
        BACKDOOR,
        "gives a container the whole machine, and enters it as root",
        tries=False,
    ),
)
_CLOUD = (
    Rule(
        rf" (?:rb|rm|del|remove|purge)(?=.* (?:--force|--recursive|-r|-rf|-R|rb)(?: |$))(?!.*--(?:ex|in)clude).* {_ROOT}"
    ),
    Rule(rf" rb (?=.*--force).*(?:s3|gs)://| -?-?(?:\w+ )*(?:rm|rb)(?= .*-r).* {_ROOT}"),
    Rule(rf" (?:terminate|delete|deallocate|rm|rb|remove|del)\S* .*{EVERY}"),
    Rule(
        r" delete-\S+ .*--skip-final-snapshot| (?:delete-(?:cluster|table|hosted-zone|backup-vault)|schedule-key-deletion) "
    ),
    Rule(r" organizations (?:leave|close|delete)-| projects delete | group delete (?=.*(?:-y|--yes)\b)| repo delete "),
    Rule(
        r" (?:clusters?|sql instances|databases?|aks|server|db|account|keyvault|cosmosdb|flexible-server) delete(?: |$)"
    ),
    Rule(r"^ delete cluster | cluster delete | databases delete |^ purge \w+:/?(?: |$)"),
    _ADMIN,
    _WATCH,
)
_MAIN = r"(?:main|master|trunk|develop|prod\w*|release\S*|stable)(?= |$)"
_FORCED = r"^ (?:-[Cc] \S+ )*push(?=.* (?:-\w*f\w*|--force)(?: |$))"
_HISTORY = "takes away what others have written in a repository"
_REPOSITORY = (
    Rule(
        rf"{_FORCED}(?:.*[ :+](?:HEAD:)?{_MAIN}|.* --(?:all|mirror)|(?: -\S+)*(?: [\w-]+)?(?: -\S+)* ?$)",
        ERASES,
        _HISTORY,
    ),
    Rule(
        rf"^ (?:-[Cc] \S+ )*push .*(?:(?:--delete|-d) (?:.* )?{_MAIN}| \+(?:\S+:)?{_MAIN}| :{_MAIN}| --mirror)",
        ERASES,
        _HISTORY,
    ),
    Rule(
        r" reflog expire (?=.*--expire(?:-unreachable)?=(?:now|all)).*--all|^ (?:-\S+ )*update-ref -d refs/heads/",
        ERASES,
        _HISTORY,
    ),
)
_RULES: dict[str, tuple[Rule, ...]] = {
    "terraform tofu terragrunt pulumi cdk cdktf sst": (_INFRA,),
    "kubectl oc k3s microk8s": _CLUSTER,
    "docker podman nerdctl": _ENGINE,
    "helm": (Rule(rf" (?:uninstall|delete|del|un) .*{EVERY}"),),
    "aws gsutil gcloud az rclone s3cmd mc gh eksctl doctl s5cmd": _CLOUD,
    "heroku flyctl fly": (Rule(r" (?:apps[: ]destroy|pg:reset|addons:destroy)\b"),),
    "git": _REPOSITORY,
    "etcdctl consul": (
        Rule(r" del (?:.* )?(?:--from-key|--prefix /? *$)| del  --prefix(?: |$)| kv delete -recurse /? *$"),
    ),
    "borg": (Rule(r"^ (?:\S+ )*?delete (?!.*::\S)(?!.*(?: -[aP]|--glob-archives|--prefix))"),),
    "rabbitmqctl": (Rule(r" (?:force_)?reset(?: |$)"),),
    "curl": (Rule(r" (?:-X ?|--request[= ])DELETE .*:9200/(?:_all|\*)"),),
}
_BY_NAME = {name: rules for names, rules in _RULES.items() for name in names.split()}
NAMES = tuple(_BY_NAME)


def check(command: Command) -> str:
    """Take down what deletes everything. What it prints where it lists everything."""
    said = f" {literal(' '.join(command.args))}"
    if _CHECKED.search(said):
        return ""
    for rule in _BY_NAME[command.name]:
        if re.search(rule.says, said) and not (rule.tries and TRIAL.search(said)):
            command.tell(rule.code, rule.why)
    if command.name == "git" and " clean " in said:
        _clean(command)
    return EVERY if _lists_all(said) else ""


def _clean(command: Command) -> None:
    """`git clean -f`: of a folder that is no project's."""
    found = options(command.args, "Cce")
    folder = resolved((found.of("C") or ["."])[-1], command.scope.folder)
    paths = found.rest[found.rest.index("clean") + 1 :]
    lost = [lost for path in paths or (".",) if (lost := loss(path, folder, relative=False))]
    if lost and found.has("f", "force") and not found.has("n", "dry-run"):
        command.tell(ERASES, f"deletes {lost[0]}")


_LISTS = re.compile(
    r"^ (?:s3 )?ls *$|^ (?:container |volume |service |stack )?(?:ps|ls|list) (?=.*(?:-\w*q|--quiet|--short))"
    r"|^ get (?:ns|namespaces?|pv|nodes?|crds?|all|pvc)\b|\b(?:describe|list)-\S+|^ (?:[\w-]+ )+list\b"
)
_CHOSEN = re.compile(r"--filters?\b| -\w*f |-ids?\b|-names?\b|--selector| -l|\[\?|contains|--field-selector")


def _lists_all(said: str) -> bool:
    return bool(_LISTS.search(said)) and not _CHOSEN.search(said)


def processes(command: Command) -> str:
    """`ps`: of all users, everything that runs."""
    said = literal(" ".join(command.args))
    is_all = re.search(r"(?:^|\s)-?[a-zA-Z]*[aeAx]", said) and not re.search(
        r"(?:^|\s)(?:-?[upCGgt]\s|--\w*(?:pid|user))", said
    )
    return EVERY if is_all else ""

#!/bin/sh
# The story of a project, told by running it: sh plans/demo.sh REIGN PROJECT SCRATCH
# PROJECT is copied to SCRATCH, which is emptied first and left behind to look at.
set -eu

reign=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
project=$2
scratch=$3

bold='' cyan='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$(printf '\033[1m') cyan=$(printf '\033[36m') plain=$(printf '\033[0m')
fi

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# Echo a command the way it is typed, then run it.
show() {
  printf '\n%s$' "$cyan"
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./=:,-]*) printf ' "%s"' "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '%s\n' "$plain"
  "$@"
}

reign() { "$reign" "$@"; }

rm -rf "$scratch"
mkdir -p "$scratch"
cp -R "$project/." "$scratch"
cd "$scratch"
rm -rf .reign build ./*.tar.gz ./*.plan

say "A small web service's configuration, in $scratch"
show reign version
show reign validate

say "What would happen?"
show reign plan

say "Do it."
show reign apply --auto-approve --summary
show cat build/gateway.conf
show tar -tzf shop.tar.gz

say "Once more: there is nothing left to do."
show reign plan

say "One more region: edit reign.yaml, and look at the difference before anything changes."
sed 's/us: 8082}/us: 8082, ap: 8083}/' reign.yaml > edited && mv edited reign.yaml
show grep -n 'workers: {' reign.yaml
show reign plan --out region.plan

say "Apply exactly what was reviewed."
show reign apply region.plan
show reign output

say "What happened is a table."
show reign sql "select command, status, added, changed, destroyed, round(duration_s, 2) as seconds from runs order by started_at"
show reign sql "select address, action, status, round(duration_s * 1000) as ms from operations order by duration_s desc limit 5"

say "And away with it."
show reign destroy --auto-approve --summary
[ ! -e build ] && [ ! -e shop.tar.gz ]
say "Nothing is left of it but its history in $scratch/.reign"

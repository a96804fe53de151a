# sh act.sh LOG VERB NUMBER VERSION, in a project's folder: one line more in the log. Beside the log, a file called
# before-NUMBER or after-NUMBER has it end Reign, by the process that the lock names, before or after that line is there.
log=$1 verb=$2 number=$3 version=$4
strike() {
  if [ -e "$log.$1-$number" ]; then
    mv "$log.$1-$number" "$log.fired-$number"
    kill -9 "$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' .reign/lock.json)"
  fi
}
strike before
echo "$verb $number $version" >> "$log"
strike after

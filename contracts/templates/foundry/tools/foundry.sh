#!/bin/sh
# Runs a Foundry tool in this project: npm's if it is installed, else the one on the PATH.
#
#   sh tools/foundry.sh forge test
cd "$(dirname "$0")/.." || exit 2
tool=${1:?usage: foundry.sh forge|cast ARGUMENTS}
shift
for program in node_modules/@foundry-rs/"$tool"-*/bin/"$tool"; do
  [ -x "$program" ] && exec "$program" "$@"
done
exec "$tool" "$@"

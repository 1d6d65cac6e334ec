#!/bin/sh
# Runs a Foundry tool in this folder: tools/foundry.sh forge test
# The tools come as npm packages of one platform each, without npm's launchers:
# those end with status 0 whatever the tool says.
cd "$(dirname "$0")/.." || exit 2
tool=${1:?usage: foundry.sh forge|cast ARGUMENTS}
shift
for program in node_modules/@foundry-rs/"$tool"-*/bin/"$tool"; do
  [ -x "$program" ] && exec "$program" "$@"
done
echo "no $tool in contracts/node_modules: run npm ci in contracts/, or install @foundry-rs/$tool-<platform>" >&2
exit 2

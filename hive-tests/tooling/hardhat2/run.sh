#!/bin/sh
# Hardhat 2 against a node: RPC=http://127.0.0.1:8545 sh run.sh
# The last line is `N passed, N failed`.
cd "$(dirname "$0")" || exit 2
tool="hardhat 2"
node=node
cli=node_modules/hardhat/internal/cli/bootstrap.js
. ../hardhat.sh

step build compile
step tests test --network target
# Where blocks come at a pace, ignition wants five behind what others have sent.
sleep "${IGNITION_WAIT:-0}"
step ignition ignition deploy ignition/modules/Counter.js --network target
finish

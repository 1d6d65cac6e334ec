#!/bin/sh
# Deploys to a running `sero dev`. Environment:
#
#   RPC          the node, http://127.0.0.1:8545 unless given
#   PRIVATE_KEY  who deploys and owns; the first account of every `sero dev` unless given
#   TOKEN, SHOW  names, unique on the chain for ever
#   PKR          optional: a one-time address (`sero wallet address`) that gets the first 1,000 units
#
# --skip-simulation: forge's own EVM has the model of the precompiles only while the script runs; the node estimates.
cd "$(dirname "$0")/.." || exit 2
: "${RPC:=http://127.0.0.1:8545}"
: "${PRIVATE_KEY:=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80}"
exec sh tools/foundry.sh forge script script/Deploy.s.sol --rpc-url "$RPC" --private-key "$PRIVATE_KEY" \
  --broadcast --skip-simulation --slow

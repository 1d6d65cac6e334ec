#!/bin/sh
# Entry point of the hive client: imports what hive mounts, then serves it. Untested.
#
# hive gives /genesis.json (geth's form, with the forks in `config`), and maybe /chain.rlp and /blocks/*.rlp. The HIVE_*
# variables say the same as the genesis file; those of the engine API and of networking have no meaning here.
set -eu
data=/data
mkdir -p "$data"
chain=/dev/null
[ -f /chain.rlp ] && chain=/chain.rlp
# A block that is refused ends the import with status 1; the node then serves what was valid.
sero import --genesis /genesis.json --chain "$chain" --data-dir "$data" || echo "import stopped at an invalid block"
if [ -d /blocks ]; then
  for block in $(find /blocks -name '*.rlp' | sort -n); do
    sero import --genesis /genesis.json --chain "$block" --data-dir "$data" || echo "refused: $block"
  done
fi
export SERO_LOG="${SERO_LOG:-info}"
exec sero node --data-dir "$data" --http-address 0.0.0.0 --http-port 8545

#!/usr/bin/env bash
# cast and forge against a development node: RPC=http://127.0.0.1:8545 ./foundry.sh
set -uo pipefail

if [ -z "${RPC:-}" ]; then
  echo "set RPC to the URL of a development node, like RPC=http://127.0.0.1:8545" >&2
  exit 2
fi

# forge reads foundry.toml, and finds solc, from here.
cd "$(dirname "${BASH_SOURCE[0]}")/../../contracts" || exit 2
cast() { tools/foundry.sh cast "$@"; }
forge() { tools/foundry.sh forge "$@"; }
export ETH_RPC_URL="$RPC" FOUNDRY_DISABLE_NIGHTLY_WARNING=1 NO_COLOR=1

# The first two accounts of the mnemonic "test test ... junk".
FIRST=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
SECOND=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
ERROR_TOO_MUCH=0x819655c9

passed=0

ok() {
  passed=$((passed + 1))
  echo "ok $1"
}

fail() {
  echo "FAILED $1: $2"
  echo "$passed passed, 1 failed"
  exit 1
}

# equal NAME WANTED COMMAND...: the command succeeds and prints exactly WANTED.
equal() {
  local name=$1 wanted=$2 got
  shift 2
  got=$("$@" 2>&1) || fail "$name" "$got"
  [ "$got" = "$wanted" ] || fail "$name" "wanted $wanted, got $got"
  ok "$name"
}

# positive NAME COMMAND...: the command succeeds and prints a number above 0.
positive() {
  local name=$1 got
  shift
  got=$("$@" 2>&1) || fail "$name" "$got"
  [[ $got =~ ^[1-9][0-9]*$ ]] || fail "$name" "not a positive number: $got"
  ok "$name"
}

# contains NAME PART COMMAND...: the command succeeds and its output contains PART.
contains() {
  local name=$1 part=$2 got
  shift 2
  got=$("$@" 2>&1) || fail "$name" "$got"
  [[ $got == *"$part"* ]] || fail "$name" "no $part in: $got"
  ok "$name"
}

# refused NAME PART COMMAND...: the command fails and its output contains PART.
refused() {
  local name=$1 part=$2 got
  shift 2
  got=$("$@" 2>&1) && fail "$name" "was accepted: $got"
  [[ $got == *"$part"* ]] || fail "$name" "no $part in: $got"
  ok "$name"
}

# field KEY: the first string under that key of the JSON on stdin.
field() {
  sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1
}

# send ARGUMENTS...: sends from the first account, prints the receipt as JSON.
send() {
  cast send --json --private-key "$KEY" "$@"
}

equal "cast chain-id" 1337 cast chain-id
contains "cast client" "/" cast client
contains "cast block" "baseFeePerGas" cast block latest
positive "cast gas-price" cast gas-price

balance=$(cast balance "$FIRST" 2>&1) || fail "cast balance" "$balance"
[ "${#balance}" -gt 20 ] || fail "cast balance" "$FIRST has only $balance"
ok "cast balance"

nonce=$(cast nonce "$FIRST" 2>&1) || fail "cast nonce" "$nonce"
before=$(cast balance "$SECOND" 2>&1) || fail "cast balance" "$before"
receipt=$(send "$SECOND" --value 1000 2>&1) || fail "cast send value" "$receipt"
equal "cast send value" "$((nonce + 1))" cast nonce "$FIRST"
# Balances do not fit the shell's integers: compare the last 15 digits.
after=$(cast balance "$SECOND" 2>&1) || fail "cast balance" "$after"
[ "$((10#${after: -15}))" -eq "$(((10#${before: -15} + 1000) % 1000000000000000))" ] ||
  fail "cast balance of the receiver" "$before, then $after"
ok "cast balance of the receiver"
contains "cast send --legacy" '"type":"0x0"' send --legacy "$SECOND" --value 1

created=$(forge create src/examples/Counter.sol:Counter --private-key "$KEY" --broadcast --json 2>&1) ||
  fail "forge create" "$created"
counter=$(field deployedTo <<<"$created")
[ -n "$counter" ] || fail "forge create" "$created"
ok "forge create"

code=$(field deployedBytecode <artifacts/Counter.json)
equal "cast code" "$code" cast code "$counter"
equal "cast call" 0 cast call "$counter" "number()(uint256)"

receipt=$(send "$counter" "add(uint256)" 40 2>&1) || fail "cast send" "$receipt"
hash=$(field transactionHash <<<"$receipt")
[ "$(field status <<<"$receipt")" = 0x1 ] || fail "cast send" "$receipt"
ok "cast send"
equal "cast call after cast send" 40 cast call "$counter" "number()(uint256)"
equal "cast storage" "$(cast to-uint256 40)" cast storage "$counter" 0
equal "cast receipt" true cast receipt "$hash" status
equal "cast tx" "$(cast calldata "add(uint256)" 40)" cast tx "$hash" input
contains "cast logs" "$hash" cast logs --json --from-block 0 --address "$counter" \
  "Added(address indexed,uint256,uint256)" "$FIRST"
equal "cast logs of nobody" "[]" cast logs --json --from-block 0 --address "$counter" \
  "Added(address indexed,uint256,uint256)" "$SECOND"
positive "cast estimate" cast estimate --from "$FIRST" "$counter" "add(uint256)" 1
contains "cast access-list" "$counter" cast access-list --from "$FIRST" "$counter" "add(uint256)" 1
contains "cast proof" '"storageProof"' cast proof "$counter" 0

refused "custom error of cast call" "$ERROR_TOO_MUCH" cast call "$counter" "add(uint256)" 5000
refused "custom error of cast estimate" "$ERROR_TOO_MUCH" cast estimate "$counter" "add(uint256)" 5000
receipt=$(send --gas-limit 100000 "$counter" "add(uint256)" 5000 2>&1)
equal "receipt of a reverted transaction" false cast receipt "$(field transactionHash <<<"$receipt")" status
refused "nonce too low" "nonce too low" send --nonce 0 --gas-limit 21000 "$SECOND"

contains "forge script --broadcast" "ONCHAIN EXECUTION COMPLETE & SUCCESSFUL" \
  forge script script/Counter.s.sol --rpc-url "$RPC" --private-key "$KEY" --broadcast
deployed=$(field contractAddress <broadcast/Counter.s.sol/1337/run-latest.json)
equal "what the script did" 42 cast call "$deployed" "number()(uint256)"
contains "forge test --fork-url" "0 failed" forge test --fork-url "$RPC" --match-contract OwnedTokenTest

echo "$passed passed, 0 failed"

# What the two run.sh share. They set `tool`, `node` and `cli`, and then call `step NAME ARGUMENTS...` and `finish`.
set -u
: "${RPC:?set RPC to the URL of a node}"
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true HARDHAT_IGNITION_CONFIRM_DEPLOYMENT=false CI=true
mkdir -p contracts && cp ../../../contracts/src/examples/Counter.sol contracts/
rm -rf ignition/deployments
passed=0
failed=0

step() {
  name=$1
  shift
  if "$node" "$cli" "$@" >step.log 2>&1; then
    passed=$((passed + 1))
    echo "ok $tool: $name"
  else
    failed=$((failed + 1))
    echo "FAILED $tool: $name"
    cat step.log
  fi
}

finish() {
  rm -f step.log
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

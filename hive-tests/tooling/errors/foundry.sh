#!/bin/sh
# forge shows every custom error by name: a test that reverts with it fails with its name and arguments.
# The last line is `N passed, N failed`.
cd "$(dirname "$0")" || exit 2
contracts=$(cd ../../../contracts && pwd)
rm -rf work && mkdir -p work/src || exit 2
count=$(node thrower.mjs work/src --tests) || exit 2
cat >work/foundry.toml <<EOF
[profile.default]
src = "src"
test = "src"
libs = []
auto_detect_remappings = false
solc = "$contracts/tools/solc.mjs"
offline = true
evm_version = "prague"
EOF
NO_COLOR=1 FOUNDRY_DISABLE_NIGHTLY_WARNING=1 "$contracts/tools/foundry.sh" forge test --root "$PWD/work" >work/log 2>&1

passed=0
failed=0
for test in $(sed -n 's/^    function test_\([a-zA-Z0-9_]*\)() external {$/\1/p' work/src/Thrower.t.sol); do
  if grep -q "^\[FAIL: ${test#e*_}(.*)\] test_$test() " work/log; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED $test: $(grep -m 1 "test_$test()" work/log || tail -n 5 work/log)"
  fi
done
echo "ok $passed of $count custom errors by name in forge's output"
[ "$passed" -eq "$count" ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

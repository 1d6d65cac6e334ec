// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Counter} from "../src/examples/Counter.sol";
import {VM} from "../test/Vm.sol";

/// @notice Deploys a counter and uses it; run by hive-tests/clients/foundry.sh.
contract CounterScript {
    function run() external returns (Counter counter) {
        VM.startBroadcast();
        counter = new Counter();
        counter.add(40);
        counter.add(2);
        VM.stopBroadcast();
    }
}

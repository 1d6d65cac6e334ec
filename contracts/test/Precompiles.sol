// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {SeroTest} from "../src/testing/SeroTest.sol";
import {VM} from "./Vm.sol";

/// @notice What the tests here begin with.
abstract contract Precompiles is SeroTest {
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint256 internal constant FEE = REGISTRATION_FEE;

    function etchPrecompiles() internal {
        installSero();
        VM.deal(address(this), 100 ether);
    }
}

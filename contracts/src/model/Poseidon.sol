// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PoseidonTables} from "./PoseidonTables.sol";

/// @title Poseidon, of 1 to 8 inputs and any tag (docs/spec/01-primitives.md)
library Poseidon {
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @notice `P[tag](inputs)`; all below `r`.
    function hash(uint256 tag, uint256[] memory inputs) internal pure returns (uint256 result) {
        uint256 width = inputs.length + 1;
        bytes memory table = PoseidonTables.ofWidth(width);
        assembly ("memory-safe") {
            let size := shl(5, width)
            let matrix := add(add(table, 0x20), sub(mload(table), mul(size, width)))
            // Two states take turns: a round reads one and leaves the other.
            let state := mload(0x40)
            let next := add(state, size)
            mstore(0x40, add(next, size))
            mcopy(add(state, 0x20), add(inputs, 0x20), sub(size, 0x20))
            mstore(state, tag)
            let full := shl(2, size)
            let constants := add(table, 0x20)
            for { let start := constants } lt(constants, matrix) {} {
                let done := sub(constants, start)
                let partial_ := and(iszero(lt(done, full)), gt(sub(matrix, constants), full))
                for { let i := 0 } lt(i, size) { i := add(i, 0x20) } {
                    let x := addmod(mload(add(state, i)), mload(add(constants, i)), R)
                    if or(iszero(i), iszero(partial_)) {
                        let square := mulmod(x, x, R)
                        x := mulmod(mulmod(square, square, R), x, R)
                    }
                    mstore(add(state, i), x)
                }
                constants := add(constants, size)
                let entry := matrix
                for { let i := 0 } lt(i, size) { i := add(i, 0x20) } {
                    let sum := 0
                    for { let j := 0 } lt(j, size) { j := add(j, 0x20) } {
                        sum := addmod(sum, mulmod(mload(entry), mload(add(state, j)), R), R)
                        entry := add(entry, 0x20)
                    }
                    mstore(add(next, i), sum)
                }
                let spare := state
                state := next
                next := spare
            }
            result := mload(state)
        }
    }
}

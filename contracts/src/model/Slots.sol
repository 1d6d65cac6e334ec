// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Slots, the chain's storage layout: keccak256 of the key words and a base number
/// @notice docs/spec/09-precompiles.md has the bases. The models keep their state in the same slots, so that a
/// model's storage and the chain's are equal, word for word.
library Slots {
    function at(uint256 base) internal pure returns (bytes32) {
        return keccak256(abi.encode(base));
    }

    function at(uint256 base, uint256 a) internal pure returns (bytes32) {
        return keccak256(abi.encode(a, base));
    }

    function at(uint256 base, uint256 a, uint256 b) internal pure returns (bytes32) {
        return keccak256(abi.encode(a, b, base));
    }

    function at(uint256 base, uint256 a, uint256 b, uint256 c) internal pure returns (bytes32) {
        return keccak256(abi.encode(a, b, c, base));
    }

    function get(bytes32 slot) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function set(bytes32 slot, uint256 value) internal {
        assembly ("memory-safe") {
            sstore(slot, value)
        }
    }

    function key(address account) internal pure returns (uint256) {
        return uint256(uint160(account));
    }
}

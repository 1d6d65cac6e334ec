// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title Groth16, a verifier over Ethereum's BN254 precompiles
/// @notice What `ZKP.verifyGroth16` saves; a test compares the gas. Same bytes in as there, fewer checks:
/// the pairing precompile refuses points off the curve or outside the subgroup, but gamma = delta and
/// identities pass.
library Groth16 {
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @notice Whether `e(A, B) = e(alpha, beta) e(IC_0 + sum x_i IC_i, gamma) e(C, delta)`.
    function verify(bytes calldata key, uint256[] calldata inputs, bytes calldata proof)
        internal
        view
        returns (bool valid)
    {
        require(key.length == 512 + 64 * inputs.length && proof.length == 256, "length");
        assembly ("memory-safe") {
            let at := mload(0x40)
            let ok := 1
            // The sum at `at`, the next product at `at + 0x40`.
            let ic := add(key.offset, 448)
            calldatacopy(at, ic, 0x40)
            for { let i := 0 } lt(i, inputs.length) { i := add(i, 1) } {
                ic := add(ic, 0x40)
                calldatacopy(add(at, 0x40), ic, 0x40)
                let x := calldataload(add(inputs.offset, shl(5, i)))
                ok := and(ok, lt(x, R))
                mstore(add(at, 0x80), x)
                ok := and(ok, staticcall(gas(), 7, add(at, 0x40), 0x60, add(at, 0x40), 0x40))
                ok := and(ok, staticcall(gas(), 6, at, 0x80, at, 0x40))
            }
            let sumX := mload(at)
            let sumY := mload(add(at, 0x20))
            // e(-A, B) e(alpha, beta) e(sum, gamma) e(C, delta) = 1
            calldatacopy(at, proof.offset, 0xc0)
            mstore(add(at, 0x20), mod(sub(P, mload(add(at, 0x20))), P))
            calldatacopy(add(at, 0xc0), key.offset, 0xc0)
            mstore(add(at, 0x180), sumX)
            mstore(add(at, 0x1a0), sumY)
            calldatacopy(add(at, 0x1c0), add(key.offset, 192), 0x80)
            calldatacopy(add(at, 0x240), add(proof.offset, 192), 0x40)
            calldatacopy(add(at, 0x280), add(key.offset, 320), 0x80)
            ok := and(ok, staticcall(gas(), 8, at, 0x300, at, 0x20))
            valid := and(ok, mload(at))
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IZkp} from "./interfaces/IZkp.sol";

/// @title SeroZkp, the ZKP precompile as a contract sees it
/// @notice Names the precompile, and does in Solidity what costs less than a call.
library SeroZkp {
    /// @notice Proofs, Poseidon, the curve `J`, value commitments, ChaCha20.
    IZkp internal constant ZKP = IZkp(0x0000000000000000000000000000000000005304);

    /// @notice The order of the BN254 scalar field: inputs, coordinates and hashes are below it.
    uint256 internal constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @notice The order of the prime-order subgroup of `J`: scalars are below it.
    uint256 internal constant L = 0x060c89ce5c263405370a08b6d0302b0bab3eedb83920ee0a677297dc392126f1;

    /// @dev `168696 / 168700`, of `x^2 + y^2 = 1 + d x^2 y^2`.
    uint256 private constant D = 0x1575bd81821016c07a5fd2dee78446612498beee8e01a829736c2b06fb281473;

    /// @dev A Groth16 proof does not hold for these inputs.
    error ProofRefused();

    /// @notice Poseidon of two, the node of most Merkle trees.
    function poseidon(uint256 left, uint256 right) internal pure returns (uint256) {
        uint256[] memory inputs = new uint256[](2);
        inputs[0] = left;
        inputs[1] = right;
        return ZKP.poseidon(inputs);
    }

    /// @notice Reverts unless the proof holds: no answer to forget.
    function requireGroth16(bytes memory key, uint256[] memory inputs, bytes memory proof) internal pure {
        if (!ZKP.verifyGroth16(key, inputs, proof)) revert ProofRefused();
    }

    /// @notice `-point`, for a point with coordinates below `R`.
    function negate(IZkp.Point memory point) internal pure returns (IZkp.Point memory) {
        return IZkp.Point(point.x == 0 ? 0 : R - point.x, point.y);
    }

    /// @notice `a - b`.
    function subtract(IZkp.Point memory a, IZkp.Point memory b) internal pure returns (IZkp.Point memory) {
        // A coordinate at or above R must not become one below it on the way to the precompile.
        if (b.x >= R) revert IZkp.NotBelowModulus("b.x", 0, b.x);
        return ZKP.addPoints(a, negate(b));
    }

    /// @notice Whether `point` is a point of the curve, of any order, in the one way to write it.
    function isOnCurve(IZkp.Point memory point) internal pure returns (bool) {
        if (point.x >= R || point.y >= R) return false;
        uint256 x2 = mulmod(point.x, point.x, R);
        uint256 y2 = mulmod(point.y, point.y, R);
        return addmod(x2, y2, R) == addmod(1, mulmod(D, mulmod(x2, y2, R), R), R);
    }
}

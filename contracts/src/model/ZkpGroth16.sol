// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Groth16} from "../examples/zkp/Groth16.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {Text} from "./Text.sol";
import {ZkpCurve} from "./ZkpCurve.sol";

/// @title ZkpGroth16, the checks of a key that a contract hands over, in the model of ZKP
library ZkpGroth16 {
    /// @dev The field of the points' coordinates.
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    /// @dev `3 / (9 + i)`, the constant of the second curve.
    uint256 private constant B_REAL = 0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5;
    uint256 private constant B_IMAGINARY = 0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2;
    uint256 private constant KEY_LENGTH_MIN = 64 + 3 * 128 + 64;
    uint256 private constant PROOF_LENGTH = 256;
    /// @dev Places in a key.
    uint256 private constant BETA = 64;
    uint256 private constant GAMMA = 192;
    uint256 private constant DELTA = 320;
    uint256 private constant IC = 448;

    function verify(bytes calldata key, uint256[] calldata inputs, bytes calldata proof) internal view returns (bool) {
        for (uint256 i = 0; i < inputs.length; i++) {
            ZkpCurve.field("inputs", i, inputs[i]);
        }
        uint256 length = KEY_LENGTH_MIN + 64 * inputs.length;
        if (key.length != length) {
            string memory needed = string.concat(Text.decimal(inputs.length), " inputs need ", Text.decimal(length));
            revert IZkp.InvalidKey(string.concat("has ", Text.decimal(key.length), " bytes, ", needed));
        }
        if (proof.length != PROOF_LENGTH) {
            revert IZkp.InvalidProof(string.concat("has ", Text.decimal(proof.length), " bytes, not 256"));
        }
        _checkKey(key, inputs.length);
        _requireProof("A", _flaw1(proof));
        _requireProof("B", _flaw2(proof[64:]));
        _requireProof("C", _flaw1(proof[192:]));
        return Groth16.verify(key, inputs, proof);
    }

    function _checkKey(bytes calldata key, uint256 inputs) private view {
        _requireKey("alpha1", _flaw1(key));
        _requireKey("beta2", _flaw2(key[BETA:]));
        _requireKey("gamma2", _flaw2(key[GAMMA:]));
        _requireKey("delta2", _flaw2(key[DELTA:]));
        if (_sameX(key, GAMMA, DELTA)) revert IZkp.InvalidKey("gamma2 is delta2 or its negative");
        if (_sameX(key, BETA, GAMMA)) revert IZkp.InvalidKey("beta2 is gamma2 or its negative");
        if (_sameX(key, BETA, DELTA)) revert IZkp.InvalidKey("beta2 is delta2 or its negative");
        for (uint256 i = 0; i <= inputs; i++) {
            _requireKey(string.concat("IC[", Text.decimal(i), "]"), _flaw1(key[IC + 64 * i:]));
        }
        _checkDistinct(key, inputs + 1);
    }

    /// @dev With `IC[i] = +-IC[j]` a proof for `x_i, x_j` is one for `x_i + t, x_j -+ t` too. Of several such pairs, the one
    /// with the lowest coordinate is named.
    function _checkDistinct(bytes calldata key, uint256 count) private pure {
        uint256 lowest = type(uint256).max;
        uint256 first;
        uint256 second;
        for (uint256 j = 1; j < count; j++) {
            uint256 x = _word(key, IC + 64 * j);
            for (uint256 i = 0; i < j && x < lowest; i++) {
                if (_word(key, IC + 64 * i) == x) (lowest, first, second) = (x, i, j);
            }
        }
        if (lowest == type(uint256).max) return;
        revert IZkp.InvalidKey(
            string.concat("IC[", Text.decimal(second), "] is IC[", Text.decimal(first), "] or its negative")
        );
    }

    function _sameX(bytes calldata key, uint256 a, uint256 b) private pure returns (bool) {
        return _word(key, a) == _word(key, b) && _word(key, a + 32) == _word(key, b + 32);
    }

    /// @dev What is wrong with the point of the first curve at the beginning of `data`; empty if nothing is.
    function _flaw1(bytes calldata data) private pure returns (string memory) {
        (uint256 x, uint256 y) = (_word(data, 0), _word(data, 32));
        if (x >= P || y >= P) return "has a coordinate at or above p";
        if (x == 0 && y == 0) return "is the identity";
        bool fits = mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
        return fits ? "" : "is not on the curve";
    }

    /// @dev The same of the second curve, imaginary parts first.
    function _flaw2(bytes calldata data) private view returns (string memory) {
        (uint256 xi, uint256 xr) = (_word(data, 0), _word(data, 32));
        (uint256 yi, uint256 yr) = (_word(data, 64), _word(data, 96));
        if (xi >= P || xr >= P || yi >= P || yr >= P) return "has a coordinate at or above p";
        if (xi == 0 && xr == 0 && yi == 0 && yr == 0) return "is the identity";
        if (!_onSecondCurve(xr, xi, yr, yi)) return "is not on the curve";
        // Ethereum's pairing refuses what is outside the subgroup.
        (bool ok,) = address(8).staticcall(abi.encode(1, 2, xi, xr, yi, yr));
        return ok ? "" : "is not in the subgroup of order r";
    }

    /// @dev `y^2 = x^3 + b`
    function _onSecondCurve(uint256 xr, uint256 xi, uint256 yr, uint256 yi) private pure returns (bool) {
        (uint256 right, uint256 rightI) = _times(xr, xi, xr, xi);
        (right, rightI) = _times(right, rightI, xr, xi);
        (uint256 left, uint256 leftI) = _times(yr, yi, yr, yi);
        return left == addmod(right, B_REAL, P) && leftI == addmod(rightI, B_IMAGINARY, P);
    }

    function _times(uint256 ar, uint256 ai, uint256 br, uint256 bi) private pure returns (uint256 real, uint256 imaginary) {
        real = addmod(mulmod(ar, br, P), P - mulmod(ai, bi, P), P);
        imaginary = addmod(mulmod(ar, bi, P), mulmod(ai, br, P), P);
    }

    function _requireKey(string memory name, string memory flaw) private pure {
        if (bytes(flaw).length != 0) revert IZkp.InvalidKey(string.concat(name, " ", flaw));
    }

    function _requireProof(string memory name, string memory flaw) private pure {
        if (bytes(flaw).length != 0) revert IZkp.InvalidProof(string.concat(name, " ", flaw));
    }

    function _word(bytes calldata data, uint256 at) private pure returns (uint256) {
        return uint256(bytes32(data[at:]));
    }
}

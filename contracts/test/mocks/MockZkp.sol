// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {ChaCha20} from "../../src/examples/zkp/ChaCha20.sol";
import {CurveJ} from "../../src/examples/zkp/CurveJ.sol";
import {Groth16} from "../../src/examples/zkp/Groth16.sol";
import {IZkp} from "../../src/interfaces/IZkp.sol";
import {PoseidonT3} from "../../src/examples/zkp/PoseidonT3.sol";
import {SeroZkp} from "../../src/SeroZkp.sol";

/// @title MockZkp, part of ZKP in Solidity, for `vm.etch`
/// @notice Poseidon of two inputs, general Groth16, addition and multiplication on the curve, ChaCha20: real, with
/// the precompile's refusals of numbers that are too large and of points off the curve. The other functions are
/// not here: a call to one reverts without data.
contract MockZkp {
    function poseidon(uint256[] calldata inputs) external pure returns (uint256) {
        require(inputs.length == 2, "not modelled: other numbers of inputs");
        for (uint256 i = 0; i < 2; ++i) {
            if (inputs[i] >= SeroZkp.R) revert IZkp.NotBelowModulus("inputs", i, inputs[i]);
        }
        return PoseidonT3.hash(inputs[0], inputs[1]);
    }

    function verifyGroth16(bytes calldata key, uint256[] calldata inputs, bytes calldata proof)
        external
        view
        returns (bool)
    {
        return Groth16.verify(key, inputs, proof);
    }

    function addPoints(IZkp.Point calldata a, IZkp.Point calldata b) external view returns (IZkp.Point memory) {
        _check("a", a);
        _check("b", b);
        (uint256 x, uint256 y) = CurveJ.add(a.x, a.y, b.x, b.y);
        return IZkp.Point(x, y);
    }

    function multiplyPoint(IZkp.Point calldata point, uint256 scalar) external view returns (IZkp.Point memory) {
        _check("point", point);
        if (scalar >= SeroZkp.L) revert IZkp.NotBelowModulus("scalar", 0, scalar);
        (uint256 x, uint256 y) = CurveJ.multiply(point.x, point.y, scalar);
        return IZkp.Point(x, y);
    }

    function chacha20(bytes32 key, bytes12 nonce, uint32 counter, bytes calldata data)
        external
        pure
        returns (bytes memory)
    {
        return ChaCha20.apply_(key, nonce, counter, data);
    }

    function _check(string memory name, IZkp.Point calldata point) private pure {
        if (!SeroZkp.isOnCurve(point)) revert IZkp.InvalidPoint(name, 0, "point is not on the curve");
    }
}

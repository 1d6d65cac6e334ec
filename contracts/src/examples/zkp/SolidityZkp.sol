// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {ChaCha20} from "./ChaCha20.sol";
import {CurveJ} from "./CurveJ.sol";
import {Groth16} from "./Groth16.sol";
import {IZkp} from "../../interfaces/IZkp.sol";
import {PoseidonT3} from "./PoseidonT3.sol";

/// @title SolidityZkp, some functions of ZKP without ZKP
/// @notice Same selectors, same answers for good input. For comparison only: use the precompile.
contract SolidityZkp {
    /// @notice As `IZkp.verifyGroth16`.
    function verifyGroth16(bytes calldata key, uint256[] calldata inputs, bytes calldata proof)
        external
        view
        returns (bool)
    {
        return Groth16.verify(key, inputs, proof);
    }

    /// @notice As `IZkp.poseidon`, of two inputs.
    function poseidon(uint256[] calldata inputs) external pure returns (uint256) {
        require(inputs.length == 2, "two inputs");
        return PoseidonT3.hash(inputs[0], inputs[1]);
    }

    /// @notice As `IZkp.addPoints`, unchecked.
    function addPoints(IZkp.Point calldata a, IZkp.Point calldata b) external view returns (IZkp.Point memory) {
        (uint256 x, uint256 y) = CurveJ.add(a.x, a.y, b.x, b.y);
        return IZkp.Point(x, y);
    }

    /// @notice As `IZkp.multiplyPoint`, unchecked.
    function multiplyPoint(IZkp.Point calldata point, uint256 scalar) external view returns (IZkp.Point memory) {
        (uint256 x, uint256 y) = CurveJ.multiply(point.x, point.y, scalar);
        return IZkp.Point(x, y);
    }

    /// @notice As `IZkp.chacha20`.
    function chacha20(bytes32 key, bytes12 nonce, uint32 counter, bytes calldata data)
        external
        pure
        returns (bytes memory)
    {
        return ChaCha20.apply_(key, nonce, counter, data);
    }

    /// @notice Calls `target` with at most `gasLimit`. Not a part of ZKP: it measures.
    /// @return ok whether the call returned
    /// @return used gas that the call took, its own cost included
    /// @return answer return or revert data
    function measure(address target, uint256 gasLimit, bytes calldata data)
        external
        view
        returns (bool ok, uint256 used, bytes memory answer)
    {
        bytes memory input = data;
        assembly ("memory-safe") {
            let before := gas()
            ok := staticcall(gasLimit, target, add(input, 0x20), mload(input), 0, 0)
            used := sub(before, gas())
            answer := mload(0x40)
            mstore(answer, returndatasize())
            returndatacopy(add(answer, 0x20), 0, returndatasize())
            mstore(0x40, add(add(answer, 0x20), and(add(returndatasize(), 31), not(31))))
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "./Chain.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {SeroZkp} from "../SeroZkp.sol";

/// @title PackageContent, what is in a box, and how it is closed and opened (docs/spec/08-packages.md)
library PackageContent {
    uint256 private constant HEADER = 32 + 16 + 32 + 2;
    uint256 private constant TAG_COMMITMENT = 4;
    string private constant PREFIX = "the package holds no valid content: ";

    struct Content {
        uint256 asset;
        uint256 amount;
        uint256 rcm;
        bytes data;
    }

    /// @notice What commits to the key.
    function tag(bytes32 k, bytes32 id, bytes memory ciphertext) internal pure returns (bytes32) {
        return keccak256(bytes.concat("SERO.package.tag", k, id, ciphertext));
    }

    /// @notice `P[cm](id, V.x, V.y, v, rcm)`
    function commitment(bytes32 id, Content memory content) internal pure returns (bytes32) {
        IZkp.Point memory generator = IZkp(Chain.ZKP).assetGenerator(content.asset);
        uint256[] memory inputs = new uint256[](5);
        (inputs[0], inputs[1], inputs[2]) = (uint256(id), generator.x, generator.y);
        (inputs[3], inputs[4]) = (content.amount, content.rcm);
        return bytes32(IZkp(Chain.ZKP).poseidonTagged(TAG_COMMITMENT, inputs));
    }

    /// @notice The ciphertext of a content, in the shortest length that holds it.
    function seal(bytes32 k, bytes32 id, Content memory content) internal pure returns (bytes memory) {
        bytes memory plain = abi.encodePacked(
            content.asset, uint128(content.amount), content.rcm, uint16(content.data.length), content.data
        );
        uint256 length = 128;
        while (length < plain.length) {
            length *= 2;
        }
        return _stream(k, id, bytes.concat(plain, new bytes(length - plain.length)));
    }

    /// @notice The content of a box whose key is right, or what is wrong with it.
    function open(bytes32 k, bytes32 id, bytes memory ciphertext, bytes32 expected)
        internal
        pure
        returns (Content memory content, string memory flaw)
    {
        bytes memory plain = _stream(k, id, ciphertext);
        content.asset = _read(plain, 0, 32);
        content.amount = _read(plain, 32, 16);
        content.rcm = _read(plain, 48, 32);
        uint256 length = _read(plain, 80, 2);
        if (HEADER + length > plain.length) {
            return (content, string.concat(PREFIX, "its data is longer than the package"));
        }
        for (uint256 i = HEADER + length; i < plain.length; i++) {
            if (plain[i] != 0) return (content, string.concat(PREFIX, "its padding is not zero"));
        }
        if (content.asset >= SeroZkp.R) return (content, string.concat(PREFIX, "its asset is not below r"));
        if (content.rcm >= SeroZkp.R) return (content, string.concat(PREFIX, "its rcm is not below r"));
        content.data = new bytes(length);
        bytes memory data = content.data;
        assembly ("memory-safe") {
            mcopy(add(data, 0x20), add(plain, 0x72), length)
        }
        if (commitment(id, content) != expected) {
            return (content, "the content is not what the package's commitment says");
        }
    }

    function _stream(bytes32 k, bytes32 id, bytes memory data) private pure returns (bytes memory) {
        return IZkp(Chain.ZKP).chacha20(keccak256(bytes.concat("SERO.package.key", k, id)), bytes12(0), 0, data);
    }

    /// @dev A number of `size` bytes.
    function _read(bytes memory data, uint256 at, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), mload(add(add(data, 0x20), at)))
        }
    }
}

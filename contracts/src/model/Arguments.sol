// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "../interfaces/IAssets.sol";
import {Utf8} from "./Utf8.sol";

/// @title Arguments, the calldata of a call, read as the precompiles read it
/// @notice A flaw is `InvalidCalldata`, not an empty revert. Every function takes the argument's place, from 0.
library Arguments {
    string private constant OVERRUN = "ABI decoding failed: buffer overrun while deserializing";

    function word(uint256 index) internal pure returns (uint256 value) {
        return _word(32 * index);
    }

    function account(uint256 index) internal pure returns (address) {
        return address(uint160(_below(word(index), 160, "address")));
    }

    function flag(uint256 index) internal pure returns (bool) {
        return _below(word(index), 1, "bool") == 1;
    }

    function number8(uint256 index) internal pure returns (uint8) {
        return uint8(_below(word(index), 8, "uint8"));
    }

    function number64(uint256 index) internal pure returns (uint64) {
        return uint64(_below(word(index), 64, "uint64"));
    }

    function number32(uint256 index) internal pure returns (uint32) {
        return uint32(_below(word(index), 32, "uint32"));
    }

    function number128(uint256 index) internal pure returns (uint128) {
        return uint128(_below(word(index), 128, "uint128"));
    }

    function nonce96(uint256 index) internal pure returns (bytes12) {
        uint256 value = word(index);
        if (value << 96 != 0) revert IAssets.InvalidCalldata("type check failed for \"bytes12\"");
        return bytes12(bytes32(value));
    }

    function selector(uint256 index) internal pure returns (bytes4) {
        uint256 value = word(index);
        if (value << 32 != 0) revert IAssets.InvalidCalldata("type check failed for \"bytes4\"");
        return bytes4(bytes32(value));
    }

    function blob(uint256 index) internal pure returns (bytes calldata data) {
        uint256 offset = _below(word(index), 64, "offset (usize)");
        uint256 length = _below(_word(offset), 64, "offset (usize)");
        if (4 + offset + 32 + length > msg.data.length) revert IAssets.InvalidCalldata(OVERRUN);
        return msg.data[4 + offset + 32:][:length];
    }

    /// @dev A list of static structs of so many words each; the words in a row.
    function list(uint256 index, uint256 width) internal pure returns (uint256[] calldata words) {
        uint256 offset = _below(word(index), 64, "offset (usize)");
        uint256 length = _below(_word(offset), 64, "offset (usize)");
        if (4 + offset + 32 + 32 * width * length > msg.data.length) revert IAssets.InvalidCalldata(OVERRUN);
        assembly ("memory-safe") {
            words.offset := add(offset, 0x24)
            words.length := mul(length, width)
        }
    }

    /// @dev Whether the calldata is the one encoding of these arguments: no gaps, overlaps or bytes after the end.
    function requireOnly(bytes memory encoded) internal pure {
        if (keccak256(encoded) != keccak256(msg.data[4:])) {
            revert IAssets.InvalidCalldata("ABI decoding failed: reserialization did not match original");
        }
    }

    function text(uint256 index) internal pure returns (string memory) {
        bytes memory data = blob(index);
        if (!Utf8.isValid(data)) revert IAssets.InvalidCalldata("type check failed for \"string\"");
        return string(data);
    }

    /// @dev The word at a place after the selector.
    function _word(uint256 at) private pure returns (uint256 value) {
        if (4 + at + 32 > msg.data.length) revert IAssets.InvalidCalldata(OVERRUN);
        assembly ("memory-safe") {
            value := calldataload(add(4, at))
        }
    }

    function _below(uint256 value, uint256 bits, string memory kind) private pure returns (uint256) {
        if (value >> bits != 0) revert IAssets.InvalidCalldata(string.concat("type check failed for \"", kind, "\""));
        return value;
    }
}

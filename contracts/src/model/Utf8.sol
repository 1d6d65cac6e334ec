// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Utf8, characters of strings
library Utf8 {
    /// @dev No character.
    uint256 internal constant NONE = type(uint256).max;

    function isValid(bytes memory data) internal pure returns (bool) {
        for (uint256 at = 0; at < data.length;) {
            (uint256 character, uint256 length) = next(data, at);
            if (character == NONE) return false;
            at += length;
        }
        return true;
    }

    /// @notice The character that begins at `at`, and its bytes; `NONE` if none does (RFC 3629).
    function next(bytes memory data, uint256 at) internal pure returns (uint256 character, uint256 length) {
        uint256 first = uint8(data[at]);
        if (first < 0x80) return (first, 1);
        if (first < 0xc2 || first > 0xf4) return (NONE, 0);
        length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (at + length > data.length) return (NONE, 0);
        character = first & (0x7f >> length);
        for (uint256 i = 1; i < length; i++) {
            uint256 more = uint8(data[at + i]);
            if (more & 0xc0 != 0x80) return (NONE, 0);
            character = character << 6 | (more & 0x3f);
        }
        bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
        bool surrogate = character >= 0xd800 && character < 0xe000;
        if (overlong || surrogate || character > 0x10ffff) return (NONE, 0);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Normal} from "./Normal.sol";
import {Text} from "./Text.sol";
import {Utf8} from "./Utf8.sol";

/// @title Names, what may be registered (docs/spec/03-assets.md)
library Names {
    /// @notice Why a name of valid UTF-8 cannot be registered; empty if it can.
    function flaw(bytes memory name) internal pure returns (string memory) {
        if (name.length == 0) return "name is empty";
        if (name.length > 32) {
            return string.concat("name has ", Text.decimal(name.length), " bytes, at most 32 are allowed");
        }
        uint256 first;
        uint256 last;
        for (uint256 at = 0; at < name.length;) {
            (uint256 character, uint256 length) = Utf8.next(name, at);
            if (_isInvisible(character)) {
                return string.concat("name has a control or invisible character (U+", _hex(character), ")");
            }
            if (at == 0) first = character;
            last = character;
            at += length;
        }
        if (_isSpace(first) || _isSpace(last)) return "name begins or ends with white space";
        return Normal.isComposed(name) ? "" : "name is not in Unicode normalisation form C";
    }

    /// @dev Control characters, and those that are seen as nothing or turn the writing around.
    function _isInvisible(uint256 c) private pure returns (bool) {
        if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) return true;
        if (c == 0xad || c == 0x34f || c == 0x61c || c == 0x3164 || c == 0xfeff || c == 0xffa0) return true;
        bytes memory ranges = hex"00115f001160" hex"0017b40017b5" hex"00180b00180f" hex"00200b00200f" hex"00202800202e"
            hex"00206000206f" hex"00fe0000fe0f" hex"00fff000fffb" hex"0e00000e0fff";
        for (uint256 i = 0; i < ranges.length; i += 6) {
            uint256 range = uint256(uint48(_six(ranges, i)));
            if (c >= range >> 24 && c <= (range & 0xffffff)) return true;
        }
        return false;
    }

    /// @dev Unicode's White_Space, without the control characters.
    function _isSpace(uint256 c) private pure returns (bool) {
        return c == 0x20 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f
            || c == 0x3000;
    }

    function _six(bytes memory data, uint256 at) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(208, mload(add(add(data, 0x20), at)))
        }
    }

    /// @dev At least four digits.
    function _hex(uint256 value) private pure returns (string memory text) {
        for (uint256 i = 0; i < 4 || value != 0; i++) {
            bytes1 digit = bytes("0123456789ABCDEF")[value & 15];
            text = string.concat(string(abi.encodePacked(digit)), text);
            value >>= 4;
        }
    }
}

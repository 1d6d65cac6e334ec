// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {NormalTables} from "./NormalTables.sol";
import {Utf8} from "./Utf8.sol";

/// @title Normal, Unicode's normalisation form C (UAX 15)
/// @notice For short strings: every table is searched from its beginning.
library Normal {
    /// @dev Below it, no character combines with another or is decomposed alone.
    uint256 private constant FIRST_COMBINING = 0x300;
    /// @dev Hangul syllables and their parts.
    uint256 private constant S = 0xac00;
    uint256 private constant L = 0x1100;
    uint256 private constant V = 0x1161;
    uint256 private constant T = 0x11a7;
    uint256 private constant L_COUNT = 19;
    uint256 private constant V_COUNT = 21;
    uint256 private constant T_COUNT = 28;
    uint256 private constant S_COUNT = L_COUNT * V_COUNT * T_COUNT;

    /// @dev Characters with their combining classes, in places below `count`.
    struct Text {
        uint256 count;
        uint256[] characters;
        uint256[] classes;
    }

    /// @notice Whether a string of valid UTF-8 is what its own normalisation gives.
    function isComposed(bytes memory data) internal pure returns (bool) {
        uint256[] memory given = new uint256[](data.length);
        uint256 count = 0;
        bool simple = true;
        for (uint256 at = 0; at < data.length;) {
            (uint256 character, uint256 length) = Utf8.next(data, at);
            given[count++] = character;
            at += length;
            simple = simple && character < FIRST_COMBINING;
        }
        if (simple) return true;
        // A character is decomposed into four at most.
        Text memory text = Text(0, new uint256[](4 * count), new uint256[](4 * count));
        for (uint256 i = 0; i < count; i++) {
            if (_find(NormalTables.singletons(), 6, given[i]) != 0) return false;
            _decompose(text, given[i]);
        }
        _compose(text);
        if (text.count != count) return false;
        for (uint256 i = 0; i < count; i++) {
            if (text.characters[i] != given[i]) return false;
        }
        return true;
    }

    /// @dev Appends what a character consists of, each part behind all of a class not above its own.
    function _decompose(Text memory text, uint256 character) private pure {
        if (character >= S && character < S + S_COUNT) {
            uint256 index = character - S;
            _append(text, L + index / (V_COUNT * T_COUNT));
            _append(text, V + index % (V_COUNT * T_COUNT) / T_COUNT);
            if (index % T_COUNT != 0) _append(text, T + index % T_COUNT);
            return;
        }
        (uint256 first, uint256 second) = _pairOf(character);
        if (first == 0) return _append(text, character);
        _decompose(text, first);
        _decompose(text, second);
    }

    function _append(Text memory text, uint256 character) private pure {
        uint256 class = _find(NormalTables.classes(), 7, character);
        uint256 at = text.count++;
        for (; class != 0 && at != 0 && text.classes[at - 1] > class; at--) {
            text.characters[at] = text.characters[at - 1];
            text.classes[at] = text.classes[at - 1];
        }
        (text.characters[at], text.classes[at]) = (character, class);
    }

    /// @dev Joins every character that is not blocked with the starter before it, where the two are one character.
    function _compose(Text memory text) private pure {
        uint256 starter = type(uint256).max;
        uint256 kept = 0;
        uint256 before = 0;
        for (uint256 i = 0; i < text.count; i++) {
            (uint256 character, uint256 class) = (text.characters[i], text.classes[i]);
            bool adjacent = starter != type(uint256).max && kept == starter + 1;
            bool blocked = starter == type(uint256).max || (!adjacent && before >= class);
            uint256 joined = blocked ? 0 : _join(text.characters[starter], character);
            if (joined != 0) {
                text.characters[starter] = joined;
                continue;
            }
            if (class == 0) starter = kept;
            before = class;
            (text.characters[kept], text.classes[kept]) = (character, class);
            kept++;
        }
        text.count = kept;
    }

    /// @dev The character that two are together, or 0.
    function _join(uint256 first, uint256 second) private pure returns (uint256) {
        if (first >= L && first < L + L_COUNT && second >= V && second < V + V_COUNT) {
            return S + ((first - L) * V_COUNT + (second - V)) * T_COUNT;
        }
        bool syllable = first >= S && first < S + S_COUNT && (first - S) % T_COUNT == 0;
        if (syllable && second > T && second < T + T_COUNT) return first + second - T;
        bytes memory pairs = NormalTables.pairs();
        uint256 wanted = first << 24 | second;
        for (uint256 at = 0; at < pairs.length; at += 9) {
            uint256 entry = _read(pairs, at, 9);
            if (entry & 0xffffffffffff == wanted) return entry >> 48;
        }
        return 0;
    }

    /// @dev The two characters that one stands for, or zeros.
    function _pairOf(uint256 character) private pure returns (uint256 first, uint256 second) {
        bytes memory pairs = NormalTables.pairs();
        for (uint256 at = 0; at < pairs.length; at += 9) {
            uint256 entry = _read(pairs, at, 9);
            if (entry >> 48 == character) return (entry >> 24 & 0xffffff, entry & 0xffffff);
        }
    }

    /// @dev What a table of ranges, `first[3] | last[3] | value[size - 6]`, has for a character, or 0. A table without
    /// values has 1.
    function _find(bytes memory table, uint256 size, uint256 character) private pure returns (uint256) {
        for (uint256 at = 0; at < table.length; at += size) {
            uint256 range = _read(table, at, 6);
            if (character < range >> 24) return 0;
            if (character <= (range & 0xffffff)) return size == 6 ? 1 : uint8(table[at + 6]);
        }
        return 0;
    }

    function _read(bytes memory table, uint256 at, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), mload(add(add(table, 0x20), at)))
        }
    }
}

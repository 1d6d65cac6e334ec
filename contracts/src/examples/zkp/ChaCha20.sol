// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title ChaCha20, the key stream of RFC 8439 in Solidity
/// @notice What `ZKP.chacha20` saves; a test compares the gas. A row of the state is one word with four
/// lanes of 64 bits, so that four quarter rounds run at once and no lane's carry reaches the next.
library ChaCha20 {
    /// @dev The low half of every lane.
    uint256 private constant MASK = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant BYTE_0 = 0x00000000000000ff00000000000000ff00000000000000ff00000000000000ff;
    uint256 private constant BYTE_1 = 0x000000000000ff00000000000000ff00000000000000ff00000000000000ff00;
    /// @dev The words of 16 bytes, first to last.
    uint256 private constant WORD_0 = 0xffffffff000000000000000000000000;
    uint256 private constant WORD_1 = 0x00000000ffffffff0000000000000000;
    uint256 private constant WORD_2 = 0x0000000000000000ffffffff00000000;
    uint256 private constant WORD_3 = 0x000000000000000000000000ffffffff;
    /// @dev "expand 32-byte k"
    uint256 private constant SIGMA = 0x0000000061707865000000003320646e0000000079622d32000000006b206574;

    /// @notice `data` XOR the key stream from block `counter` on.
    function apply_(bytes32 key, bytes12 nonce, uint32 counter, bytes memory data)
        internal
        pure
        returns (bytes memory result)
    {
        uint256 b = _lanes(uint256(key) >> 128);
        uint256 c = _lanes(uint256(key) & type(uint128).max);
        uint256 d = _lanes(uint256(uint96(nonce)));
        uint256 length = data.length;
        result = new bytes((length + 63) / 64 * 64);
        for (uint256 at = 0; at < length; at += 64) {
            (uint256 left, uint256 right) = _block(b, c, d | (uint256(counter) + at / 64) << 192);
            assembly ("memory-safe") {
                let from := add(add(data, 0x20), at)
                let to := add(add(result, 0x20), at)
                mstore(to, xor(left, mload(from)))
                mstore(add(to, 0x20), xor(right, mload(add(from, 0x20))))
            }
        }
        assembly ("memory-safe") {
            mstore(result, length)
        }
    }

    /// @dev Four little-endian words of 32 bits to lanes.
    function _lanes(uint256 x) private pure returns (uint256) {
        x = (x & WORD_0) << 96 | (x & WORD_1) << 64 | (x & WORD_2) << 32 | (x & WORD_3);
        return _swap(x);
    }

    /// @dev Turns the bytes of every lane's low half around.
    function _swap(uint256 x) private pure returns (uint256) {
        return (x & BYTE_0) << 24 | (x & BYTE_1) << 8 | x >> 8 & BYTE_1 | x >> 24 & BYTE_0;
    }

    /// @dev Lanes to 16 bytes, little-endian words.
    function _pack(uint256 x) private pure returns (uint256) {
        x = _swap(x);
        return x >> 96 & WORD_0 | x >> 64 & WORD_1 | x >> 32 & WORD_2 | x & WORD_3;
    }

    function _block(uint256 b0, uint256 c0, uint256 d0) private pure returns (uint256 left, uint256 right) {
        uint256 a = SIGMA;
        uint256 b = b0;
        uint256 c = c0;
        uint256 d = d0;
        assembly ("memory-safe") {
            for { let i := 0 } lt(i, 10) { i := add(i, 1) } {
                // Columns.
                a := and(add(a, b), MASK)
                d := xor(d, a)
                d := and(or(shl(16, d), shr(16, d)), MASK)
                c := and(add(c, d), MASK)
                b := xor(b, c)
                b := and(or(shl(12, b), shr(20, b)), MASK)
                a := and(add(a, b), MASK)
                d := xor(d, a)
                d := and(or(shl(8, d), shr(24, d)), MASK)
                c := and(add(c, d), MASK)
                b := xor(b, c)
                b := and(or(shl(7, b), shr(25, b)), MASK)
                // Diagonals: turn the rows, the same again, turn them back.
                b := or(shl(64, b), shr(192, b))
                c := or(shl(128, c), shr(128, c))
                d := or(shl(192, d), shr(64, d))
                a := and(add(a, b), MASK)
                d := xor(d, a)
                d := and(or(shl(16, d), shr(16, d)), MASK)
                c := and(add(c, d), MASK)
                b := xor(b, c)
                b := and(or(shl(12, b), shr(20, b)), MASK)
                a := and(add(a, b), MASK)
                d := xor(d, a)
                d := and(or(shl(8, d), shr(24, d)), MASK)
                c := and(add(c, d), MASK)
                b := xor(b, c)
                b := and(or(shl(7, b), shr(25, b)), MASK)
                b := or(shl(192, b), shr(64, b))
                c := or(shl(128, c), shr(128, c))
                d := or(shl(64, d), shr(192, d))
            }
            a := and(add(a, SIGMA), MASK)
            b := and(add(b, b0), MASK)
            c := and(add(c, c0), MASK)
            d := and(add(d, d0), MASK)
        }
        left = _pack(a) << 128 | _pack(b);
        right = _pack(c) << 128 | _pack(d);
    }
}

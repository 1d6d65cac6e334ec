// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title FieldMath, powers and roots in `F`
library FieldMath {
    uint256 internal constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// @dev `r - 1 = 2^28 * ODD`
    uint256 private constant ODD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f;
    uint256 private constant TWO_ADICITY = 28;
    /// @dev `g = 5^ODD`, of order 2^28, and the inverse of `g^ODD`.
    uint256 private constant ROOT = 0x2a3c09f0a58a7e8500e0a7eb8ef62abc402d111e41112ed49bd61b6e725b19f0;
    uint256 private constant ROOT_ODD_INVERSE = 0x18f27f93b5e12a84c023ff24b17a4c68c66b9e1b9d2ac15444c8eb25e25ab83b;

    /// @notice `base^exponent` by Ethereum's MODEXP precompile.
    function power(uint256 base, uint256 exponent) internal view returns (uint256 result) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, 0x20)
            mstore(add(at, 0x20), 0x20)
            mstore(add(at, 0x40), 0x20)
            mstore(add(at, 0x60), base)
            mstore(add(at, 0x80), exponent)
            mstore(add(at, 0xa0), R)
            if iszero(staticcall(gas(), 5, at, 0xc0, at, 0x20)) { revert(0, 0) }
            result := mload(at)
        }
    }

    /// @notice `1/x`, of 0 it is 0.
    function inverse(uint256 x) internal view returns (uint256) {
        return power(x, R - 2);
    }

    function negate(uint256 x) internal pure returns (uint256) {
        return x == 0 ? 0 : R - x;
    }

    /// @notice A square root of `a`, below `r` (Tonelli and Shanks).
    function squareRoot(uint256 a) internal view returns (bool exists, uint256 root) {
        if (a == 0) return (true, 0);
        uint256 half = power(a, ODD / 2);
        root = mulmod(half, a, R);
        uint256 t = mulmod(half, root, R);
        uint256 c = ROOT;
        for (uint256 m = TWO_ADICITY; t != 1;) {
            uint256 order = 0;
            for (uint256 square = t; square != 1; square = mulmod(square, square, R)) {
                if (++order == m) return (false, 0);
            }
            for (uint256 i = order + 1; i < m; i++) {
                c = mulmod(c, c, R);
            }
            m = order;
            root = mulmod(root, c, R);
            c = mulmod(c, c, R);
            t = mulmod(t, c, R);
        }
        return (true, root);
    }

    /// @notice Whether the two-adic logarithm of `y != 0` is at least 2^27; of `y` and `-y` one is.
    function isUpper(uint256 y) internal view returns (bool upper) {
        uint256 rest = power(y, ODD);
        uint256 factor = ROOT_ODD_INVERSE;
        for (uint256 bit = 0; bit < TWO_ADICITY; bit++) {
            uint256 probe = rest;
            for (uint256 i = bit + 1; i < TWO_ADICITY; i++) {
                probe = mulmod(probe, probe, R);
            }
            upper = probe != 1;
            if (upper) rest = mulmod(rest, factor, R);
            factor = mulmod(factor, factor, R);
        }
    }
}

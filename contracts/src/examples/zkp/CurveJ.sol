// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title CurveJ, arithmetic on `J` in Solidity
/// @notice What `ZKP.addPoints` and `ZKP.multiplyPoint` save; a test compares the gas. Projective coordinates, double and add,
/// one inversion by Ethereum's MODEXP precompile. It trusts its input.
library CurveJ {
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// @dev `d = 168696/168700`
    uint256 private constant D = 0x1575bd81821016c07a5fd2dee78446612498beee8e01a829736c2b06fb281473;

    /// @notice `scalar * (x, y)`, `scalar` below 2^251.
    function multiply(uint256 x, uint256 y, uint256 scalar) internal view returns (uint256, uint256) {
        uint256 px = 0;
        uint256 py = 1;
        uint256 pz = 1;
        assembly ("memory-safe") {
            let bit := 0
            if scalar { bit := shl(250, 1) }
            for {} and(gt(bit, 0), iszero(and(bit, scalar))) { bit := shr(1, bit) } {}
            for {} bit { bit := shr(1, bit) } {
                // 2P: b = (x + y)^2, c = x^2, e = y^2, f = c + e, j = f - 2 z^2
                let c := mulmod(px, px, R)
                let e := mulmod(py, py, R)
                let f := add(c, e)
                let b := add(px, py)
                b := mulmod(b, b, R)
                let j := mulmod(pz, pz, R)
                j := addmod(f, sub(shl(1, R), shl(1, j)), R)
                px := mulmod(add(b, sub(shl(1, R), f)), j, R)
                py := mulmod(f, add(c, sub(R, e)), R)
                pz := mulmod(f, j, R)
                if and(bit, scalar) {
                    // P + (x, y): c = X x, e = Y y, t = d c e, f = Z^2 - t, g = Z^2 + t
                    c := mulmod(px, x, R)
                    e := mulmod(py, y, R)
                    b := mulmod(add(px, py), add(x, y), R)
                    let t := mulmod(mulmod(c, e, R), D, R)
                    let z2 := mulmod(pz, pz, R)
                    f := add(z2, sub(R, t))
                    let g := add(z2, t)
                    px := mulmod(mulmod(pz, f, R), add(b, sub(shl(1, R), add(c, e))), R)
                    py := mulmod(mulmod(pz, g, R), add(e, sub(R, c)), R)
                    pz := mulmod(f, g, R)
                }
            }
        }
        uint256 inverse = _inverse(pz);
        return (mulmod(px, inverse, R), mulmod(py, inverse, R));
    }

    /// @notice `(x1, y1) + (x2, y2)` by the complete affine law.
    function add(uint256 x1, uint256 y1, uint256 x2, uint256 y2) internal view returns (uint256, uint256) {
        uint256 c = mulmod(x1, x2, R);
        uint256 e = mulmod(y1, y2, R);
        uint256 t = mulmod(D, mulmod(c, e, R), R);
        uint256 cross = addmod(mulmod(x1, y2, R), mulmod(y1, x2, R), R);
        // One inversion for both denominators, 1 + t and 1 - t.
        uint256 plus = addmod(1, t, R);
        uint256 minus = addmod(1, R - t, R);
        uint256 inverse = _inverse(mulmod(plus, minus, R));
        return (
            mulmod(cross, mulmod(inverse, minus, R), R),
            mulmod(addmod(e, R - c, R), mulmod(inverse, plus, R), R)
        );
    }

    function _inverse(uint256 x) private view returns (uint256 result) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, 0x20)
            mstore(add(at, 0x20), 0x20)
            mstore(add(at, 0x40), 0x20)
            mstore(add(at, 0x60), x)
            mstore(add(at, 0x80), sub(R, 2))
            mstore(add(at, 0xa0), R)
            if iszero(staticcall(gas(), 5, at, 0xc0, at, 0x20)) { revert(0, 0) }
            result := mload(at)
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {CurveJ} from "../examples/zkp/CurveJ.sol";
import {FieldMath} from "./FieldMath.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {SeroZkp} from "../SeroZkp.sol";

/// @title CurvePoints, encodings of points of `J` and the map to them (docs/spec/01-primitives.md)
library CurvePoints {
    uint256 private constant R = FieldMath.R;
    uint256 private constant D = 0x1575bd81821016c07a5fd2dee78446612498beee8e01a829736c2b06fb281473;
    uint256 private constant PARITY = 1 << 255;
    /// @dev The Montgomery form, `B t^2 = s^3 + A s^2 + s`.
    uint256 private constant A = 168698;
    uint256 private constant B_INVERSE = 0x12d4b7d91014ca64bd902e2386df9a964af3c468995c4e3e4515f0083935fae4;
    /// @dev The non-square of Elligator 2.
    uint256 private constant Z = 5;

    string internal constant NOT_CANONICAL = "point encoding is not canonical";
    string internal constant OFF_CURVE = "point is not on the curve";
    string internal constant WRONG_SUBGROUP = "point is not in the prime-order subgroup";
    string internal constant IDENTITY = "point is the identity";

    function add(IZkp.Point memory a, IZkp.Point memory b) internal view returns (IZkp.Point memory sum) {
        (sum.x, sum.y) = CurveJ.add(a.x, a.y, b.x, b.y);
    }

    function multiply(IZkp.Point memory point, uint256 scalar) internal view returns (IZkp.Point memory product) {
        (product.x, product.y) = CurveJ.multiply(point.x, point.y, scalar);
    }

    function isIdentity(IZkp.Point memory point) internal pure returns (bool) {
        return point.x == 0 && point.y == 1;
    }

    /// @notice What keeps a point of the curve from being one of order `l`; empty if nothing does.
    function flaw(IZkp.Point memory point) internal view returns (string memory) {
        if (isIdentity(point)) return IDENTITY;
        return isIdentity(multiply(point, SeroZkp.L)) ? "" : WRONG_SUBGROUP;
    }

    function compress(IZkp.Point memory point) internal pure returns (bytes32) {
        return bytes32(point.y | (point.x & 1) * PARITY);
    }

    /// @notice The point that 32 bytes stand for, or why they stand for none.
    function decompress(bytes32 encoding) internal view returns (IZkp.Point memory point, string memory reason) {
        bool odd = uint256(encoding) >= PARITY;
        uint256 y = uint256(encoding) & ~PARITY;
        if (y >= R) return (point, NOT_CANONICAL);
        uint256 y2 = mulmod(y, y, R);
        uint256 denominator = addmod(1, FieldMath.negate(mulmod(D, y2, R)), R);
        uint256 x2 = mulmod(addmod(1, FieldMath.negate(y2), R), FieldMath.inverse(denominator), R);
        (bool exists, uint256 x) = FieldMath.squareRoot(x2);
        if (!exists) return (point, OFF_CURVE);
        if (x == 0 && odd) return (point, NOT_CANONICAL);
        if ((x & 1 == 1) != odd) x = R - x;
        point = IZkp.Point(x, y);
        reason = flaw(point);
    }

    /// @notice `map(u)`: Elligator 2, times 8. The identity where it gives no point.
    function map(uint256 u) internal view returns (IZkp.Point memory point) {
        uint256 denominator = addmod(1, mulmod(Z, mulmod(u, u, R), R), R);
        uint256 s = mulmod(R - A, FieldMath.inverse(denominator), R);
        (bool exists, uint256 t) = FieldMath.squareRoot(_curve(s));
        if (!exists) {
            s = addmod(R - A, FieldMath.negate(s), R);
            (, t) = FieldMath.squareRoot(_curve(s));
        }
        if (t == 0) return IZkp.Point(0, 1);
        if (FieldMath.isUpper(t)) t = R - t;
        point.x = mulmod(s, FieldMath.inverse(t), R);
        point.y = mulmod(addmod(s, R - 1, R), FieldMath.inverse(addmod(s, 1, R)), R);
        return multiply(point, 8);
    }

    /// @dev `s (s^2 + A s + 1) / B`
    function _curve(uint256 s) private pure returns (uint256) {
        uint256 inner = addmod(addmod(mulmod(s, s, R), mulmod(A, s, R), R), 1, R);
        return mulmod(mulmod(s, inner, R), B_INVERSE, R);
    }
}

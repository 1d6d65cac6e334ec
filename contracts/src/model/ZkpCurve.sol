// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Blake2b} from "./Blake2b.sol";
import {CurvePoints} from "./CurvePoints.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {Poseidon} from "./Poseidon.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Text} from "./Text.sol";

/// @title ZkpCurve, points, generators, commitments and their balance, in the model of ZKP
library ZkpCurve {
    uint256 private constant R = SeroZkp.R;
    uint256 private constant L = SeroZkp.L;
    uint256 private constant TAG_GENERATOR = 3;
    /// @dev `H2C("SERO.R", "")`, the base of value randomness.
    uint256 private constant RANDOMNESS_X = 0x0438bf0e1a494045c411ac09d87861dd244c467b9b26deca4aa4c16dafe7afe2;
    uint256 private constant RANDOMNESS_Y = 0x21221d454e1b3a55e4487d9af313b9f78b39da55db35591d9ae4972c61d11b19;

    function field(string memory name, uint256 index, uint256 value) internal pure returns (uint256) {
        if (value >= R) revert IZkp.NotBelowModulus(name, index, value);
        return value;
    }

    function scalar(string memory name, uint256 value) internal pure returns (uint256) {
        if (value >= L) revert IZkp.NotBelowModulus(name, 0, value);
        return value;
    }

    /// @notice A point of the curve, of any order.
    function onCurve(string memory name, IZkp.Point memory point) internal pure returns (IZkp.Point memory) {
        field(string.concat(name, ".x"), 0, point.x);
        field(string.concat(name, ".y"), 0, point.y);
        if (!SeroZkp.isOnCurve(point)) revert IZkp.InvalidPoint(name, 0, CurvePoints.OFF_CURVE);
        return point;
    }

    function compress(IZkp.Point memory point) internal view returns (bytes32) {
        string memory flaw = CurvePoints.flaw(onCurve("point", point));
        if (bytes(flaw).length != 0) revert IZkp.InvalidPoint("point", 0, flaw);
        return CurvePoints.compress(point);
    }

    function decompress(string memory name, uint256 index, bytes32 encoding)
        internal
        view
        returns (IZkp.Point memory point)
    {
        string memory flaw;
        (point, flaw) = CurvePoints.decompress(encoding);
        if (bytes(flaw).length != 0) revert IZkp.InvalidPoint(name, index, flaw);
    }

    function hasPrimeOrder(IZkp.Point memory point) internal view returns (bool) {
        return SeroZkp.isOnCurve(point) && bytes(CurvePoints.flaw(point)).length == 0;
    }

    function hashToCurve(bytes memory domain, bytes memory message) internal view returns (IZkp.Point memory point) {
        bytes memory parts = bytes.concat(Blake2b.part(domain), Blake2b.part(message));
        for (uint256 counter = 0; counter < 256; counter++) {
            bytes memory last = Blake2b.part(abi.encodePacked(uint8(counter)));
            (bytes32 left, bytes32 right) = Blake2b.hash("SERO_h2c", bytes.concat(parts, last));
            point = CurvePoints.map(Blake2b.reduce(left, right, R));
            if (!CurvePoints.isIdentity(point)) return point;
        }
    }

    /// @notice `V(asset)`
    function generator(string memory name, uint256 index, uint256 asset)
        internal
        view
        returns (IZkp.Point memory point)
    {
        uint256[] memory inputs = new uint256[](1);
        inputs[0] = field(name, index, asset);
        point = CurvePoints.map(Poseidon.hash(TAG_GENERATOR, inputs));
        if (CurvePoints.isIdentity(point)) revert IZkp.NoGenerator(asset);
    }

    function commit(uint256 asset, uint128 amount, uint256 rcv) internal view returns (bytes32) {
        IZkp.Point memory value = CurvePoints.multiply(generator("asset", 0, asset), amount);
        scalar("rcv", rcv);
        IZkp.Point memory blinding = CurvePoints.multiply(IZkp.Point(RANDOMNESS_X, RANDOMNESS_Y), rcv);
        IZkp.Point memory cv = CurvePoints.add(value, blinding);
        if (CurvePoints.isIdentity(cv)) revert IZkp.InvalidPoint("cv", 0, CurvePoints.IDENTITY);
        return CurvePoints.compress(cv);
    }

    function checkBalance(
        bytes32[] memory cvIn,
        bytes32[] memory cvOut,
        IZkp.Flow[] memory flows,
        bytes32 message,
        bytes memory signature
    ) internal view returns (bool) {
        if (signature.length != 64) {
            string memory length = Text.decimal(signature.length);
            revert IZkp.InvalidSignature(string.concat("a signature has 64 bytes, not ", length));
        }
        IZkp.Point memory key = _sum("cvIn", cvIn);
        key = CurvePoints.add(key, SeroZkp.negate(_sum("cvOut", cvOut)));
        key = CurvePoints.add(key, _sumOfFlows(flows));
        if (CurvePoints.isIdentity(key)) return false;
        return _verify(key, message, signature);
    }

    function _sum(string memory name, bytes32[] memory commitments) private view returns (IZkp.Point memory sum) {
        sum = IZkp.Point(0, 1);
        for (uint256 i = 0; i < commitments.length; i++) {
            sum = CurvePoints.add(sum, decompress(name, i, commitments[i]));
        }
    }

    /// @dev Inward less outward.
    function _sumOfFlows(IZkp.Flow[] memory flows) private view returns (IZkp.Point memory sum) {
        sum = IZkp.Point(0, 1);
        for (uint256 i = 0; i < flows.length; i++) {
            if (flows[i].amount == 0) revert IZkp.ZeroAmount(i);
            IZkp.Point memory base = generator("flows.asset", i, flows[i].asset);
            IZkp.Point memory value = CurvePoints.multiply(base, flows[i].amount);
            sum = CurvePoints.add(sum, flows[i].inward ? value : SeroZkp.negate(value));
        }
    }

    /// @dev `s R = Rp + c key`, `c = H2S("SERO_bind_sig"; Rp, key, message)`
    function _verify(IZkp.Point memory key, bytes32 message, bytes memory signature) private view returns (bool) {
        (bytes32 encoded, uint256 s) = abi.decode(signature, (bytes32, uint256));
        (IZkp.Point memory nonce, string memory flaw) = CurvePoints.decompress(encoded);
        if (bytes(flaw).length != 0) revert IZkp.InvalidSignature(string.concat("signature nonce: ", flaw));
        if (s >= L) revert IZkp.InvalidSignature("signature scalar is not below the order of J");
        uint256 challenge = _challenge(encoded, CurvePoints.compress(key), message);
        IZkp.Point memory known = CurvePoints.multiply(IZkp.Point(RANDOMNESS_X, RANDOMNESS_Y), s);
        IZkp.Point memory sum = CurvePoints.add(nonce, CurvePoints.multiply(key, challenge));
        return known.x == sum.x && known.y == sum.y;
    }

    function _challenge(bytes32 nonce, bytes32 key, bytes32 message) private view returns (uint256) {
        bytes memory parts = bytes.concat(
            Blake2b.part(abi.encode(nonce)), Blake2b.part(abi.encode(key)), Blake2b.part(abi.encode(message))
        );
        (bytes32 left, bytes32 right) = Blake2b.hash("SERO_bind_sig", parts);
        return Blake2b.reduce(left, right, L);
    }
}

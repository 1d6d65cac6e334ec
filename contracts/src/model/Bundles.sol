// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "./Chain.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Text} from "./Text.sol";

/// @title Bundles, the bytes of a bundle (docs/spec/06-bundle.md)
/// @notice Reading accepts exactly what the chain accepts, and names a flaw as the chain does; whether signatures and proofs
/// hold is not looked at.
library Bundles {
    uint256 private constant PARTS_MAX = 16;
    uint256 private constant PACKAGES_MAX = 8;
    uint256 private constant BALANCE_MAX = 16;
    uint256 private constant PROOF = 128;
    uint256 private constant SIGNATURE = 64;

    struct Output {
        uint256 commitment;
        /// cv | epk | view tag | enc_note | out_ct
        bytes ciphertext;
    }

    /// @dev A package is made, or opened in private.
    struct Package {
        bool opens;
        bytes32 id;
        uint256 commitment;
        bytes32 cv;
        address owner;
        bytes32 tag;
        bytes ciphertext;
    }

    struct Bundle {
        uint8 pool;
        bytes32 anchor;
        uint256[] nullifiers;
        Output[] outputs;
        Package[] packages;
        IPool.PublicFlow[] flows;
    }

    /// @dev How much there is to read: the first six bytes.
    struct Counts {
        uint8 pool;
        uint256 spends;
        uint256 outputs;
        uint256 packages;
        uint256 flows;
    }

    struct Reader {
        bytes data;
        uint256 at;
    }

    function counts(bytes memory data) internal pure returns (Counts memory) {
        return _counts(Reader(data, 0));
    }

    function decode(bytes memory data) internal pure returns (Bundle memory bundle) {
        Reader memory reader = Reader(data, 0);
        Counts memory c = _counts(reader);
        bundle.pool = c.pool;
        bundle.anchor = bytes32(_field(reader, "anchor"));
        bundle.nullifiers = new uint256[](c.spends);
        for (uint256 i = 0; i < c.spends; i++) {
            bundle.nullifiers[i] = _spend(reader, _place("spends", i));
        }
        bundle.outputs = new Output[](c.outputs);
        for (uint256 i = 0; i < c.outputs; i++) {
            bundle.outputs[i] = _output(reader, _place("outputs", i));
        }
        bundle.packages = new Package[](c.packages);
        for (uint256 i = 0; i < c.packages; i++) {
            bundle.packages[i] = _package(reader, _place("packages", i));
        }
        bundle.flows = new IPool.PublicFlow[](c.flows);
        for (uint256 i = 0; i < c.flows; i++) {
            bundle.flows[i] = _flow(reader, _place("balance", i));
        }
        _take(reader, SIGNATURE, "binding_sig");
        uint256 trailing = data.length - reader.at;
        if (trailing != 0) _refuse(string.concat("bundle has ", Text.decimal(trailing), " bytes after its end"));
        _checkShape(bundle);
    }

    /// @dev What flows inward of the coin.
    function coinsInward(Bundle memory bundle) internal pure returns (uint256) {
        if (bundle.flows.length == 0) return 0;
        IPool.PublicFlow memory first = bundle.flows[0];
        return first.inward && first.asset == Chain.COIN ? first.amount : 0;
    }

    // ---- parts ----

    function _counts(Reader memory reader) private pure returns (Counts memory c) {
        bytes memory header = _take(reader, 6, "header");
        uint8 version = uint8(header[0]);
        if (version != 1) _refuse(string.concat("bundle version is ", Text.decimal(version), ", expected 1"));
        c.pool = uint8(header[1]);
        if (c.pool > 7) _refuse(string.concat("bundle pool is ", Text.decimal(c.pool), ", at most 7 is allowed"));
        c.spends = _limit("spends", header[2], PARTS_MAX);
        c.outputs = _limit("outputs", header[3], PARTS_MAX);
        c.packages = _limit("packages", header[4], PACKAGES_MAX);
        c.flows = _limit("balance entries", header[5], BALANCE_MAX);
    }

    function _limit(string memory what, bytes1 found, uint256 max) private pure returns (uint256) {
        if (uint8(found) <= max) return uint8(found);
        _refuse(
            string.concat(
                "bundle has ", Text.decimal(uint8(found)), " ", what, ", at most ", Text.decimal(max), " are allowed"
            )
        );
    }

    function _spend(Reader memory reader, string memory at) private pure returns (uint256 nullifier) {
        nullifier = _field(reader, string.concat(at, ".nullifier"));
        _point(reader, string.concat(at, ".rk"));
        _point(reader, string.concat(at, ".cv"));
        _take(reader, PROOF, string.concat(at, ".proof"));
        _take(reader, SIGNATURE, string.concat(at, ".auth_sig"));
    }

    function _output(Reader memory reader, string memory at) private pure returns (Output memory output) {
        output.commitment = _field(reader, string.concat(at, ".cm"));
        bytes32 cv = _point(reader, string.concat(at, ".cv"));
        bytes32 epk = _point(reader, string.concat(at, ".epk"));
        bytes memory viewTag = _take(reader, 2, string.concat(at, ".view_tag"));
        bytes memory note = _take(reader, 194, string.concat(at, ".enc_note"));
        bytes memory out = _take(reader, 80, string.concat(at, ".out_ct"));
        output.ciphertext = bytes.concat(cv, epk, viewTag, note, out);
        _take(reader, PROOF, string.concat(at, ".proof"));
    }

    function _package(Reader memory reader, string memory at) private pure returns (Package memory package) {
        uint8 kind = uint8(_take(reader, 1, string.concat(at, ".kind"))[0]);
        if (kind > 1) _refuse(string.concat(at, ".kind: 0 (create) or 1 (open)"));
        package.opens = kind == 1;
        if (package.opens) package.id = bytes32(_field(reader, string.concat(at, ".id")));
        package.commitment = _field(reader, string.concat(at, ".pkg_cm"));
        package.cv = _point(reader, string.concat(at, ".cv"));
        if (!package.opens) {
            package.owner = address(bytes20(_take(reader, 20, string.concat(at, ".owner"))));
            package.tag = bytes32(_take(reader, 32, string.concat(at, ".tag")));
            string memory place = string.concat(at, ".ciphertext");
            uint256 length = uint16(bytes2(_take(reader, 2, place)));
            bool allowed = length == 128 || length == 256 || length == 512 || length == 1024;
            if (!allowed) _refuse(string.concat(place, ": its length is 128, 256, 512 or 1024 bytes"));
            package.ciphertext = _take(reader, length, place);
        }
        _take(reader, PROOF, string.concat(at, ".proof"));
    }

    function _flow(Reader memory reader, string memory at) private pure returns (IPool.PublicFlow memory flow) {
        uint8 flags = uint8(_take(reader, 1, string.concat(at, ".flags"))[0]);
        if (flags > 3) _refuse(string.concat(at, ".flags: only bits 0 (inward) and 1 (coin)"));
        flow.inward = flags & 1 == 1;
        flow.asset = Chain.COIN;
        if (flags & 2 == 0) {
            string memory place = string.concat(at, ".asset");
            flow.asset = uint256(bytes32(_take(reader, 32, place)));
            if (flow.asset >= SeroZkp.R) {
                _refuse(string.concat(place, ": asset id is not below the BN254 scalar field modulus"));
            }
            if (flow.asset == Chain.COIN) _refuse(string.concat(place, ": the coin is written as flag bit 1"));
        }
        flow.amount = uint128(bytes16(_take(reader, 16, string.concat(at, ".amount"))));
        if (flow.amount == 0) _refuse(string.concat(at, ".amount: 1 to 2^128 - 1"));
    }

    // ---- the whole ----

    function _checkShape(Bundle memory bundle) private pure {
        for (uint256 i = 1; i < bundle.flows.length; i++) {
            (uint256 before, uint256 here) = (bundle.flows[i - 1].asset, bundle.flows[i].asset);
            bool ordered = here != Chain.COIN && (before == Chain.COIN || before < here);
            if (!ordered) _refuse(string.concat(_place("balance", i), ": each asset once, the coin first, then by id"));
        }
        for (uint256 i = 0; i < bundle.nullifiers.length; i++) {
            for (uint256 j = 0; j < i; j++) {
                if (bundle.nullifiers[i] != bundle.nullifiers[j]) continue;
                _refuse(string.concat(_place("spends", i), ".nullifier: no nullifier twice in a bundle"));
            }
        }
        for (uint256 i = 0; i < bundle.packages.length; i++) {
            _checkPackage(bundle, i);
        }
        if ((bundle.nullifiers.length == 0) != (bundle.anchor == 0)) {
            _refuse("anchor: zero if and only if there are no spends");
        }
    }

    function _checkPackage(Bundle memory bundle, uint256 i) private pure {
        Package memory package = bundle.packages[i];
        for (uint256 j = 0; j < i; j++) {
            Package memory other = bundle.packages[j];
            if (package.opens && other.opens && other.id == package.id) {
                _refuse(string.concat(_place("packages", i), ".id: no package opened twice in a bundle"));
            }
            if (!package.opens && other.commitment == package.commitment) _refuseCommitment(i);
        }
        for (uint256 j = 0; j < bundle.outputs.length; j++) {
            if (!package.opens && bundle.outputs[j].commitment == package.commitment) _refuseCommitment(i);
        }
    }

    function _refuseCommitment(uint256 i) private pure {
        _refuse(string.concat(_place("packages", i), ".pkg_cm: no commitment twice in a bundle"));
    }

    // ---- bytes ----

    function _take(Reader memory reader, uint256 length, string memory field) private pure returns (bytes memory part) {
        uint256 left = reader.data.length - reader.at;
        if (left < length) {
            string memory needed = string.concat(Text.decimal(length - left), " more bytes needed");
            _refuse(string.concat("bundle ends inside ", field, ": ", needed));
        }
        part = new bytes(length);
        bytes memory data = reader.data;
        uint256 at = reader.at;
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(data, 0x20), at), length)
        }
        reader.at = at + length;
    }

    function _field(Reader memory reader, string memory field) private pure returns (uint256 value) {
        value = uint256(bytes32(_take(reader, 32, field)));
        if (value >= SeroZkp.R) _refuse(string.concat(field, " is not below the BN254 scalar field modulus"));
    }

    function _point(Reader memory reader, string memory field) private pure returns (bytes32 encoding) {
        encoding = bytes32(_take(reader, 32, field));
        try IZkp(Chain.ZKP).decompressPoint(encoding) {}
        catch (bytes memory error) {
            _refuse(string.concat(field, ": ", reasonOf(error)));
        }
    }

    /// @notice The reason in an `InvalidPoint(string, uint256, string)`.
    function reasonOf(bytes memory error) internal pure returns (string memory reason) {
        bytes memory arguments = new bytes(error.length - 4);
        assembly ("memory-safe") {
            mcopy(add(arguments, 0x20), add(error, 0x24), mload(arguments))
        }
        (,, reason) = abi.decode(arguments, (string, uint256, string));
    }

    function _place(string memory what, uint256 index) private pure returns (string memory) {
        return string.concat(what, "[", Text.decimal(index), "]");
    }

    function _refuse(string memory reason) private pure {
        revert IPool.InvalidBundle(reason);
    }
}

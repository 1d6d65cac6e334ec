// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Bundles} from "./Bundles.sol";
import {Chain} from "./Chain.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IZkp} from "../interfaces/IZkp.sol";
import {Model} from "./Model.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Slots} from "./Slots.sol";
import {Text} from "./Text.sol";

/// @title PoolNotes, trees, anchors and notes in the model of POOL
/// @notice A block's end is no call: as soon as a later block looks, the roots of the last one are anchors.
abstract contract PoolNotes is Model {
    using Slots for bytes32;

    uint256 internal constant NULLIFIER = 1;
    uint256 private constant ANCHOR = 2;
    uint256 private constant FRONTIER = 3;
    uint256 private constant NOTE_COUNT = 4;
    uint256 private constant LAST_ANCHOR = 5;
    uint256 internal constant HIDDEN = 6;
    uint256 internal constant REFUND = 7;
    /// @dev Not slots of the chain's. By pool: the block + 1 at whose end its root is still to become an anchor.
    uint256 private constant OPEN_BLOCK = uint256(keccak256("SERO.model.pool.block"));

    uint256 private constant ARITY = 8;
    uint256 private constant DEPTH = 11;
    uint256 private constant CAPACITY = 8 ** 11 - 1;
    /// @dev The root of a tree without notes.
    uint256 internal constant EMPTY_ROOT = 0x231841975d9d308c956ccbdeb5ed5bcf73d6131e2545e04b6cd7e4d9ca30029c;

    uint256 private constant TAG_COMMITMENT = 4;
    uint256 private constant TAG_NODE = 5;

    uint256 private constant PKR_LENGTH = 128;
    string internal constant NOT_BELOW = "value is not below the modulus of the BN254 scalar field";

    /// @dev Why bytes are no `pkr`; empty if they are one.
    function _flawOf(bytes memory pkr) internal pure returns (string memory) {
        if (pkr.length != PKR_LENGTH) {
            return string.concat("a PKr has 128 bytes, not ", Text.decimal(pkr.length));
        }
        (uint256 owner, bytes32 epk,,) = abi.decode(pkr, (uint256, bytes32, bytes32, bytes32));
        if (owner >= SeroZkp.R) return NOT_BELOW;
        (, string memory reason) = _point(epk);
        return reason;
    }

    /// @dev A point of the prime-order subgroup, or why the bytes are none.
    function _point(bytes32 encoding) internal pure returns (IZkp.Point memory point, string memory reason) {
        try IZkp(Chain.ZKP).decompressPoint(encoding) returns (IZkp.Point memory found) {
            return (found, "");
        } catch (bytes memory error) {
            reason = Bundles.reasonOf(error);
        }
    }

    function _commitment(uint256 owner, uint256 asset, uint256 amount, uint256 rcm) internal pure returns (uint256) {
        IZkp.Point memory generator = IZkp(Chain.ZKP).assetGenerator(asset);
        uint256[] memory inputs = new uint256[](5);
        (inputs[0], inputs[1], inputs[2]) = (owner, generator.x, generator.y);
        (inputs[3], inputs[4]) = (amount, rcm);
        return IZkp(Chain.ZKP).poseidonTagged(TAG_COMMITMENT, inputs);
    }

    // ---- trees ----

    function _noteCount(uint8 pool) internal view returns (uint256) {
        return Slots.at(NOTE_COUNT, pool).get();
    }

    function _isFull(uint8 pool) internal view returns (bool) {
        return _noteCount(pool) >= CAPACITY;
    }

    function _append(uint8 pool, uint256 leaf) private returns (uint64 position) {
        if (_isFull(pool)) revert IPool.TreeFull();
        _closeEarlier(pool);
        uint256 count = _noteCount(pool);
        uint256 node = leaf;
        uint256 index = count;
        for (uint256 level = 0; level < DEPTH; level++) {
            uint256 digit = index % ARITY;
            Slots.at(FRONTIER, pool, level, digit).set(node);
            if (digit != ARITY - 1) break;
            node = _parent(pool, level, digit, node);
            index /= ARITY;
        }
        Slots.at(NOTE_COUNT, pool).set(count + 1);
        Slots.at(OPEN_BLOCK, pool).set(block.number + 1);
        return uint64(count);
    }

    /// @dev The node over a group of which `digit` are complete, and the next is `node`.
    function _parent(uint8 pool, uint256 level, uint256 digit, uint256 node) private view returns (uint256) {
        uint256[] memory children = new uint256[](ARITY);
        uint256 empty = _emptyRoot(level);
        for (uint256 i = 0; i < ARITY; i++) {
            children[i] = i < digit ? Slots.at(FRONTIER, pool, level, i).get() : i == digit ? node : empty;
        }
        return IZkp(Chain.ZKP).poseidonTagged(TAG_NODE, children);
    }

    function _root(uint8 pool) private view returns (uint256 node) {
        uint256 index = _noteCount(pool);
        if (index == 0) return EMPTY_ROOT;
        for (uint256 level = 0; level < DEPTH; level++) {
            node = _parent(pool, level, index % ARITY, node);
            index /= ARITY;
        }
    }

    /// @dev The root of a subtree without notes, of this height.
    function _emptyRoot(uint256 level) private pure returns (uint256 root) {
        bytes memory roots = _EMPTY_ROOTS;
        assembly ("memory-safe") {
            root := mload(add(add(roots, 0x20), shl(5, level)))
        }
    }

    // ---- anchors ----

    /// @dev Whether the root of an earlier block waits to become an anchor.
    function _waits(uint8 pool) private view returns (bool) {
        uint256 open = Slots.at(OPEN_BLOCK, pool).get();
        return open != 0 && block.number + 1 > open;
    }

    function _closeEarlier(uint8 pool) internal {
        if (_waits(pool)) _close(pool);
    }

    /// @dev The root is an anchor of the block in which it last changed.
    function _close(uint8 pool) internal {
        bytes32 open = Slots.at(OPEN_BLOCK, pool);
        if (open.get() == 0) return;
        uint256 root = _root(pool);
        bytes32 anchor = Slots.at(ANCHOR, pool, root);
        if (anchor.get() == 0) {
            anchor.set(open.get());
            Slots.at(LAST_ANCHOR, pool).set(root);
        }
        open.set(0);
    }

    /// @dev Makes the pool's root, as it is now, an anchor of this block's end.
    function _openBlock(uint8 pool) internal {
        _closeEarlier(pool);
        Slots.at(OPEN_BLOCK, pool).set(block.number + 1);
    }

    function _isAnchor(uint8 pool, bytes32 root) internal view returns (bool) {
        if (Slots.at(ANCHOR, pool, uint256(root)).get() != 0) return true;
        return _waits(pool) && _root(pool) == uint256(root);
    }

    function _lastAnchor(uint8 pool) internal view returns (bytes32) {
        uint256 last = Slots.at(LAST_ANCHOR, pool).get();
        if (!_waits(pool)) return bytes32(last);
        uint256 root = _root(pool);
        return bytes32(Slots.at(ANCHOR, pool, root).get() == 0 ? root : last);
    }

    /// @dev Block 0 ends with an empty tree.
    function _beginTree(uint8 pool) internal {
        Slots.at(ANCHOR, pool, EMPTY_ROOT).set(1);
        Slots.at(LAST_ANCHOR, pool).set(EMPTY_ROOT);
    }

    // ---- notes ----

    function _hiddenNote(uint8 pool, uint256 commitment, bytes memory ciphertext) internal {
        emit IPool.HiddenNote(_append(pool, commitment), bytes32(commitment), pool, ciphertext);
    }

    function _publicNote(uint8 pool, bytes memory pkr, uint256 asset, uint256 amount, bytes memory memo)
        internal
        returns (uint64 position)
    {
        (uint256 owner,,,) = abi.decode(pkr, (uint256, bytes32, bytes32, bytes32));
        uint256 commitment = _commitment(owner, asset, amount, 0);
        position = _append(pool, commitment);
        emit IPool.PublicNote(position, bytes32(commitment), asset, amount, pool, pkr, memo);
    }

    // ---- refund addresses ----

    function _refundOf(address from) internal view returns (bytes memory) {
        uint256[4] memory words;
        for (uint256 i = 0; i < 4; i++) {
            words[i] = Slots.at(REFUND, Slots.key(from), i).get();
        }
        // No point has an encoding of zeros.
        return words[1] == 0 ? bytes("") : abi.encode(words);
    }

    function _setRefund(address from, bytes memory pkr) internal {
        string memory flaw = _flawOf(pkr);
        if (bytes(flaw).length != 0) revert IPool.InvalidPkr(flaw);
        uint256[4] memory words = abi.decode(pkr, (uint256[4]));
        for (uint256 i = 0; i < 4; i++) {
            Slots.at(REFUND, Slots.key(from), i).set(words[i]);
        }
    }

    bytes private constant _EMPTY_ROOTS =
        hex"0000000000000000000000000000000000000000000000000000000000000000"
        hex"0dbd459f91f988ca04e3d8e139c2ba170934ed365d453573db8bd68ff4b8f209"
        hex"2bdaa01eb2b3bcbc1a32e27ad792b053621a31a42a26469741ed91cb6dda7073"
        hex"1a173a913fe7f817ba14bf1ace4585366950352ca41b3fa7fe893a03aab080b8"
        hex"29b0a02297fddf14d51fedcad5a05435caacf552471858910d5d33cc0b2ccc74"
        hex"08f797baffe31a841311585c4a47b64741ad2935f84dc16c7655b36c899160ef"
        hex"039d2d68a05ba451f037f699911e20b39cf610ba9ce0770b2662c33206d952d5"
        hex"18b0d3646cb49e561be66a59be9f5900386d7249d7310c805ff6560064571697"
        hex"22f2c2d09be238bd4f30d969e4fa9229d0bc8c58a27675060396f2502b61bd0d"
        hex"10bf98ecc7dda3710704b23f768d488a3d8727cb252ee92b2a970cfef51349d9"
        hex"1c929fe7175c581ae92632d95bdae3a1123f00cf6562cc179e0ea841645cdd05";
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "../model/Chain.sol";
import {IPool} from "../interfaces/IPool.sol";
import {PackageContent} from "../model/PackageContent.sol";

/// @title TestBundles, bundles with everything but proofs and signatures
/// @notice The bytes are those of docs/spec/06-bundle.md, which the model reads as the chain does; points are one fixed
/// point, proofs and signatures are zeros. The chain refuses such a bundle; the model takes it, unless it was told whom it was
/// signed for (`modelSign`) or that it does not hold (`modelSetVerdictOn`).
library TestBundles {
    /// @dev `G_auth`: some point of the right order.
    bytes32 internal constant POINT = 0x97add08941df7cc287be994ef8ef74f51e7433b996b0a555d608899ccad9a539;
    /// @notice The root of a tree without notes: an anchor of the first block.
    bytes32 internal constant EMPTY_ROOT = 0x231841975d9d308c956ccbdeb5ed5bcf73d6131e2545e04b6cd7e4d9ca30029c;

    /// @notice A box to close.
    struct Box {
        address owner;
        bytes32 k;
        PackageContent.Content content;
        /// of another content than the box has: it never opens
        bool dishonest;
    }

    /// @notice What a bundle does, in pool 0.
    struct Plan {
        /// of its spends, below `r`
        uint256[] nullifiers;
        /// of its outputs, below `r`
        uint256[] commitments;
        Box[] boxes;
        /// the coin first, then in order of id
        IPool.PublicFlow[] flows;
    }

    /// @notice A bundle that spends one note and lets one amount flow.
    function single(uint256 nullifier, uint256 asset, bool inward, uint256 amount) internal pure returns (bytes memory) {
        Plan memory plan;
        plan.nullifiers = new uint256[](1);
        plan.nullifiers[0] = nullifier;
        plan.flows = new IPool.PublicFlow[](1);
        plan.flows[0] = IPool.PublicFlow(asset, inward, amount);
        return encode(plan, new bytes32[](0));
    }

    /// @notice A bundle's bytes.
    /// @param ids of the boxes that it closes, in order (`Ids.package`)
    function encode(Plan memory plan, bytes32[] memory ids) internal pure returns (bytes memory bundle) {
        bundle = abi.encodePacked(
            uint8(1),
            uint8(0),
            uint8(plan.nullifiers.length),
            uint8(plan.commitments.length),
            uint8(plan.boxes.length),
            uint8(plan.flows.length),
            plan.nullifiers.length == 0 ? bytes32(0) : EMPTY_ROOT
        );
        for (uint256 i = 0; i < plan.nullifiers.length; i++) {
            bundle = bytes.concat(bundle, bytes32(plan.nullifiers[i]), POINT, POINT, new bytes(128 + 64));
        }
        for (uint256 i = 0; i < plan.commitments.length; i++) {
            bytes memory ciphertexts = new bytes(2 + 194 + 80 + 128);
            bundle = bytes.concat(bundle, bytes32(plan.commitments[i]), POINT, POINT, ciphertexts);
        }
        for (uint256 i = 0; i < plan.boxes.length; i++) {
            bundle = bytes.concat(bundle, _close(plan.boxes[i], ids[i]));
        }
        for (uint256 i = 0; i < plan.flows.length; i++) {
            bundle = bytes.concat(bundle, _flow(plan.flows[i]));
        }
        return bytes.concat(bundle, new bytes(64));
    }

    function _close(Box memory box, bytes32 id) private pure returns (bytes memory) {
        bytes memory ciphertext = PackageContent.seal(box.k, id, box.content);
        bytes32 tag = PackageContent.tag(box.k, id, ciphertext);
        if (box.dishonest) box.content.rcm++;
        bytes32 commitment = PackageContent.commitment(id, box.content);
        bytes memory head = abi.encodePacked(uint8(0), commitment, POINT, box.owner, tag, uint16(ciphertext.length));
        return bytes.concat(head, ciphertext, new bytes(128));
    }

    function _flow(IPool.PublicFlow memory flow) private pure returns (bytes memory) {
        bool coin = flow.asset == Chain.COIN;
        uint8 flags = (flow.inward ? 1 : 0) | (coin ? 2 : 0);
        bytes memory asset = coin ? bytes("") : abi.encodePacked(flow.asset);
        return bytes.concat(bytes1(flags), asset, bytes16(uint128(flow.amount)));
    }
}

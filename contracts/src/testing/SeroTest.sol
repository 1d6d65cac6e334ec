// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "../model/Chain.sol";
import {Cheats} from "../model/Cheats.sol";
import {IAssetsModel, IPoolModel} from "../model/IModels.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IPackages} from "../interfaces/IPackages.sol";
import {IPool} from "../interfaces/IPool.sol";
import {Ids} from "../model/Ids.sol";
import {PackageContent} from "../model/PackageContent.sol";
import {SeroModel} from "./SeroModel.sol";
import {TestBundles} from "./TestBundles.sol";
import {TestWallet} from "./TestWallet.sol";

/// @title SeroTest, what a Foundry test inherits: the precompiles' models, wallets, shielded calls, observers
/// @notice `installSero()` in `setUp`. Then `wallet("alice")` receives notes (`alice.pkr()`), `sync()` lets all wallets find
/// theirs, and `shieldedCall` pays a contract from them, as a transaction of type 0x53 does: from a one-time account, with the
/// change and whatever comes back as notes again.
/// @dev Logs are recorded from `installSero` on; `sync` and `shieldedCall` consume what was recorded.
abstract contract SeroTest {
    IAssets internal constant ASSETS = IAssets(Chain.ASSETS);
    IPool internal constant POOL = IPool(Chain.POOL);
    IPackages internal constant PACKAGES = IPackages(Chain.PACKAGES);
    uint256 internal constant COIN = Chain.COIN;
    uint256 internal constant REGISTRATION_FEE = SeroModel.REGISTRATION_FEE;
    uint64 internal constant NEVER = type(uint64).max;

    Cheats private constant CHEATS = Cheats(Chain.CHEATS);

    TestWallet[] private _wallets;
    Cheats.Log[] private _seen;
    uint256 private _spends;

    /// @dev The figures of `asset` are not these.
    error WrongSupply(uint256 asset, uint256 issued, uint256 inPublic, uint256 hidden);
    /// @dev What should be hidden stands in the `index`-th log that an observer saw.
    error Seen(bytes secret, uint256 index);
    /// @dev What should be seen stands in no log.
    error Unseen(bytes fact);

    /// @notice A shielded call: who pays what for it.
    struct ShieldedCall {
        TestWallet payer;
        address to;
        /// coins that go with the call
        uint256 value;
        bytes data;
        /// in ascending order of asset, never the coin
        IAssets.Attachment[] attachments;
    }

    // ---- wallets ----

    function installSero() internal {
        SeroModel.install();
        CHEATS.recordLogs();
    }

    function wallet(string memory name) internal returns (TestWallet made) {
        made = new TestWallet(name);
        _wallets.push(made);
    }

    /// @notice A one-time address of nobody's.
    function pkr(uint256 seed) internal pure returns (bytes memory) {
        uint256 owner = uint256(keccak256(abi.encode("owner", seed))) >> 8;
        return abi.encodePacked(owner, TestBundles.POINT, keccak256(abi.encode("o", seed)), keccak256(abi.encode("r", seed)));
    }

    /// @notice Lets every wallet find its notes in what was logged since. It is what observers have seen, too.
    function sync() internal {
        Cheats.Log[] memory logs = CHEATS.getRecordedLogs();
        delete _seen;
        for (uint256 i = 0; i < logs.length; i++) {
            _seen.push(logs[i]);
        }
        for (uint256 i = 0; i < _wallets.length; i++) {
            _wallets[i].scan(logs);
        }
    }

    // ---- what the chain does ----

    /// @notice A call that is paid from notes. Reverting undoes the call alone: everything is in notes again.
    /// @return ok whether the contract accepted
    /// @return result what it returned, or why it did not
    function shieldedCall(ShieldedCall memory c) internal returns (bool ok, bytes memory result) {
        sync();
        address from = c.payer.from();
        _beginCall(c, from);
        CHEATS.prank(from, from);
        (ok, result) = c.to.call{value: c.value}(c.data);
        IAssetsModel(Chain.ASSETS).modelDetach();
        _refund(from, COIN);
        for (uint256 i = 0; i < c.attachments.length; i++) {
            _refund(from, c.attachments[i].asset);
        }
        sync();
    }

    /// @notice The same without coins, for one attachment.
    function shieldedCall(TestWallet payer, address to, bytes memory data, uint256 asset, uint256 amount)
        internal
        returns (bool ok, bytes memory result)
    {
        ShieldedCall memory c = ShieldedCall(payer, to, 0, data, new IAssets.Attachment[](1));
        c.attachments[0] = IAssets.Attachment(asset, amount);
        return shieldedCall(c);
    }

    /// @notice Attaches an asset out of a public account to the calls of `from` to `to` that follow, until `detach`.
    function attach(address from, address to, uint256 asset, uint256 amount) internal {
        IAssets.Attachment[] memory list = new IAssets.Attachment[](1);
        list[0] = IAssets.Attachment(asset, amount);
        IAssetsModel(Chain.ASSETS).modelAttach(from, to, list);
    }

    /// @notice What nobody took goes back.
    function detach() internal {
        IAssetsModel(Chain.ASSETS).modelDetach();
    }

    /// @notice Stores a refund `pkr`, as every shielded call of `from` does.
    function setRefund(address from, bytes memory refund) internal {
        IPoolModel(Chain.POOL).modelBegin(from, 0, refund, "");
    }

    /// @notice A bundle for `transact`, signed for this carrier and no other.
    function signedBundle(
        address carrier,
        bytes32 context,
        uint64 expiry,
        uint256 nullifier,
        uint256 asset,
        bool inward,
        uint256 amount
    ) internal returns (bytes memory bundle) {
        bundle = TestBundles.single(nullifier, asset, inward, amount);
        IPoolModel(Chain.POOL).modelSign(keccak256(bundle), carrier, context, expiry);
    }

    // ---- packages ----

    /// @notice Closes a box with what lies in the pool already, as a shielded transaction does.
    /// @param k its key, 32 random bytes
    /// @return id its name
    function closePackage(address owner, bytes32 k, uint256 asset, uint256 amount, bytes memory data)
        internal
        returns (bytes32 id)
    {
        return _close(TestBundles.Box(owner, k, PackageContent.Content(asset, amount, _spends + 1, data), false));
    }

    /// @notice The same for a box that never opens: its content is not what its commitment says.
    function closeBadPackage(address owner, bytes32 k, uint256 asset, uint256 amount) internal returns (bytes32 id) {
        return _close(TestBundles.Box(owner, k, PackageContent.Content(asset, amount, _spends + 1, ""), true));
    }

    // ---- what can be seen ----

    /// @notice issued = public + hidden, at these figures.
    function assertSupply(uint256 asset, uint256 inPublic, uint256 hidden) internal view {
        (uint256 issued, uint256 a, uint256 b) = ASSETS.supply(asset);
        if (issued != inPublic + hidden || a != inPublic || b != hidden) revert WrongSupply(asset, issued, a, b);
    }

    /// @notice No log of the last `sync` or `shieldedCall` holds these bytes anywhere.
    function assertUnseen(bytes memory secret) internal view {
        for (uint256 i = 0; i < _seen.length; i++) {
            if (_holds(_seen[i], secret)) revert Seen(secret, i);
        }
    }

    /// @notice Some log of it does.
    function assertSeen(bytes memory fact) internal view {
        for (uint256 i = 0; i < _seen.length; i++) {
            if (_holds(_seen[i], fact)) return;
        }
        revert Unseen(fact);
    }

    function assertUnseen(address account) internal view {
        assertUnseen(abi.encodePacked(account));
    }

    function assertSeen(address account) internal view {
        assertSeen(abi.encodePacked(account));
    }

    /// @notice An amount or id: as a word.
    function assertUnseen(uint256 number) internal view {
        assertUnseen(abi.encodePacked(number));
    }

    function assertSeen(uint256 number) internal view {
        assertSeen(abi.encodePacked(number));
    }

    // ----

    function _beginCall(ShieldedCall memory c, address from) private {
        uint256 coins = c.value == 0 ? 0 : 1;
        TestBundles.Plan memory plan;
        plan.flows = new IPool.PublicFlow[](c.attachments.length + coins);
        if (coins == 1) plan.flows[0] = IPool.PublicFlow(COIN, false, c.value);
        for (uint256 i = 0; i < c.attachments.length; i++) {
            plan.flows[coins + i] = IPool.PublicFlow(c.attachments[i].asset, false, c.attachments[i].amount);
        }
        (plan.nullifiers, plan.commitments) = c.payer.spend(plan.flows);
        bytes memory bundle = TestBundles.encode(plan, new bytes32[](0));
        IPoolModel(Chain.POOL).modelBegin(from, 0, c.payer.pkr(), bundle);
        IAssetsModel(Chain.ASSETS).modelAttach(from, c.to, c.attachments);
    }

    /// @dev A one-time account had nothing before: all that it has came back.
    function _refund(address from, uint256 asset) private {
        uint256 left = ASSETS.balanceOf(from, asset);
        if (left == 0) return;
        if (asset == COIN) CHEATS.prank(from);
        IPoolModel(Chain.POOL).modelRefund{value: asset == COIN ? left : 0}(from, asset, left, 0);
    }

    function _close(TestBundles.Box memory box) private returns (bytes32 id) {
        TestBundles.Plan memory plan;
        plan.nullifiers = new uint256[](1);
        plan.nullifiers[0] = uint256(keccak256(abi.encode("close", address(this), _spends++))) >> 8;
        plan.boxes = new TestBundles.Box[](1);
        plan.boxes[0] = box;
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = id = Ids.package(0, plan.nullifiers[0], 0);
        IPoolModel(Chain.POOL).modelBegin(address(1), 0, pkr(0), TestBundles.encode(plan, ids));
    }

    function _holds(Cheats.Log storage log, bytes memory part) private view returns (bool) {
        bytes memory all = abi.encodePacked(log.emitter, log.topics, log.data);
        if (part.length > all.length) return false;
        for (uint256 at = 0; at + part.length <= all.length; at++) {
            bool same = true;
            for (uint256 i = 0; i < part.length && same; i++) {
                same = all[at + i] == part[i];
            }
            if (same) return true;
        }
        return false;
    }
}

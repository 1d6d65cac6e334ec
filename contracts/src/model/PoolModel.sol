// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Arguments} from "./Arguments.sol";
import {Bundles} from "./Bundles.sol";
import {Chain} from "./Chain.sol";
import {IAssetsModel, IPoolModel} from "./IModels.sol";
import {IPool} from "../interfaces/IPool.sol";
import {PoolBundles} from "./PoolBundles.sol";
import {Slots} from "./Slots.sol";

/// @title PoolModel, POOL in Solidity, to be put at its address on a stock EVM
/// @notice `IPool` with the chain's rules, errors, logs and storage, but for signatures and proofs: of these a test says
/// what the verdict is, and nothing said is accepted. Coins leave by a contract that gives up what it was made with, so that a
/// payment calls nobody, as on the chain.
contract PoolModel is PoolBundles {
    using Slots for bytes32;

    uint256 private constant MEMO_LENGTH_MAX = 64;
    uint256 private constant BUNDLE_LENGTH_MAX = 6 + 32 + 16 * (288 + 500) + 8 * (247 + 1024) + 16 * 49 + 64;

    modifier onlyModels() {
        if (msg.sender != Chain.PACKAGES) revert IPoolModel.OnlyModels(msg.sender);
        _;
    }

    // ---- what a test says in the chain's place: IPoolModel ----

    function modelGenesis() external {
        _setPools(1, 1, 1);
        _beginTree(0);
    }

    function modelSetPools(uint8 count, uint8 open, uint8 deposits) external {
        uint8 before = 0;
        for (uint8 pool = 0; pool < POOLS_MAX; pool++) {
            if (_isOpen(pool)) before |= uint8(1 << pool);
        }
        _setPools(count, open, deposits);
        for (uint8 pool = 0; pool < count; pool++) {
            if ((open & ~before) >> pool & 1 == 1) _openBlock(pool);
        }
    }

    function modelCloseBlock() external {
        for (uint8 pool = 0; pool < POOLS_MAX; pool++) {
            if (_isOpen(pool)) _close(pool);
        }
    }

    function modelSetVerdict(string calldata reason) external {
        _verdicts().onAll = reason;
    }

    function modelSetVerdictOn(bytes32 bundleHash, string calldata reason) external {
        _verdicts().on[bundleHash] = reason;
    }

    function modelSign(bytes32 bundleHash, address caller, bytes32 context, uint64 expiry) external {
        _verdicts().signedFor[bundleHash] = keccak256(abi.encode(caller, context, expiry));
    }

    function modelBegin(address from, uint64 nonce, bytes calldata refund, bytes calldata bundle) external payable {
        _setRefund(from, refund);
        if (bundle.length == 0) return;
        Bundles.Bundle memory decoded = Bundles.decode(bundle);
        uint256 coins = Bundles.coinsInward(decoded);
        if (msg.value != coins) revert IPool.WrongValue(coins, msg.value);
        _applyNotes(decoded, Sender(from, true, nonce));
        _applyFlows(decoded, from);
    }

    function modelRefund(address from, uint256 asset, uint256 amount, uint8 bundlePool)
        external
        payable
        returns (bool hidden)
    {
        (bool any, uint8 pool) = _depositPool();
        if (!any) pool = bundlePool;
        bytes memory refund = _refundOf(from);
        hidden = refund.length != 0 && !_isFull(pool);
        if (hidden) {
            _hide(pool, from, asset, amount);
            _publicNote(pool, refund, asset, amount, "");
        } else if (msg.value != 0) {
            _pay(from, msg.value);
        }
    }

    function modelTransfer(bytes calldata bundle, IPoolModel.Out[] calldata outs, uint256 fee, address proposer)
        external
    {
        Bundles.Bundle memory decoded = Bundles.decode(bundle);
        _applyNotes(decoded, Sender(address(0), false, 0));
        (bool any, uint8 to) = _depositPool();
        if (!any) to = decoded.pool;
        for (uint256 i = 0; i < outs.length; i++) {
            IPoolModel.Out calldata out = outs[i];
            _requireAsset(out.asset);
            _release(decoded.pool, out.asset, out.amount);
            _addHidden(to, out.asset, out.amount);
            _publicNote(to, out.pkr, out.asset, out.amount, out.memo);
        }
        _release(decoded.pool, Chain.COIN, fee);
        _pay(proposer, fee);
    }

    function modelIsOpen(uint8 pool) external view returns (bool) {
        return _isOpen(pool);
    }

    function modelUnhide(uint8 pool, address to, uint256 asset, uint256 amount) external onlyModels {
        _unhide(pool, to, asset, amount);
    }

    // ---- IPool ----

    function _self() internal pure override returns (address) {
        return Chain.POOL;
    }

    function _longestCalldata() internal pure override returns (uint256) {
        return BUNDLE_LENGTH_MAX + 256;
    }

    function _terms(bytes4 s) internal pure override returns (Terms memory) {
        bool mutates = s == IPool.shield.selector || s == IPool.pay.selector || s == IPool.transact.selector;
        bool reads = s == IPool.isSpent.selector || s == IPool.isAnchor.selector || s == IPool.tree.selector
            || s == IPool.depositPool.selector || s == IPool.refundOf.selector || s == IPool.hidden.selector
            || s == IPool.hiddenIn.selector;
        return Terms(mutates || reads, mutates, mutates);
    }

    function _run(bytes4 s) internal override {
        if (s == IPool.shield.selector) {
            (bytes memory pkr, uint256 asset) = (Arguments.blob(0), Arguments.word(1));
            (uint256 amount, bytes memory memo) = (Arguments.word(2), Arguments.blob(3));
            return _return(abi.encode(_shield(pkr, asset, amount, memo)));
        }
        if (s == IPool.pay.selector) {
            (address payee, uint256 asset, uint256 amount) =
                (Arguments.account(0), Arguments.word(1), Arguments.word(2));
            return _return(abi.encode(_payTo(payee, asset, amount)));
        }
        if (s == IPool.transact.selector) {
            (bytes memory bundle, bytes32 context) = (Arguments.blob(0), bytes32(Arguments.word(1)));
            return _return(abi.encode(_transact(bundle, context, Arguments.number64(2))));
        }
        _return(_read(s));
    }

    function _read(bytes4 s) private view returns (bytes memory) {
        if (s == IPool.isSpent.selector) {
            (uint8 pool, uint256 nullifier) = (Arguments.number8(0), Arguments.word(1));
            return abi.encode(_isSpent(pool, bytes32(nullifier)));
        }
        if (s == IPool.isAnchor.selector) {
            (uint8 pool, uint256 root) = (Arguments.number8(0), Arguments.word(1));
            return abi.encode(_isAnchor(pool, bytes32(root)));
        }
        if (s == IPool.tree.selector) {
            uint8 pool = Arguments.number8(0);
            return abi.encode(_lastAnchor(pool), _noteCount(pool));
        }
        if (s == IPool.depositPool.selector) {
            (bool any, uint8 pool) = _depositPool();
            return abi.encode(any, pool);
        }
        if (s == IPool.refundOf.selector) return abi.encode(_refundOf(Arguments.account(0)));
        if (s == IPool.hidden.selector) return abi.encode(_hidden(Arguments.word(0)));
        (uint8 id, uint256 asset) = (Arguments.number8(0), Arguments.word(1));
        return abi.encode(_hiddenIn(id, asset));
    }

    function _shield(bytes memory pkr, uint256 asset, uint256 amount, bytes memory memo) private returns (uint64) {
        string memory flaw = _flawOf(pkr);
        if (bytes(flaw).length != 0) revert IPool.InvalidPkr(flaw);
        if (memo.length > MEMO_LENGTH_MAX) revert IPool.MemoTooLong(memo.length, MEMO_LENGTH_MAX);
        (bool any, uint8 pool) = _depositPool();
        if (!any) revert IPool.DepositsPaused();
        _takeFunds(pool, asset, amount);
        return _publicNote(pool, pkr, asset, amount, memo);
    }

    function _payTo(address payee, uint256 asset, uint256 amount) private returns (bool hidden) {
        (bool any, uint8 pool) = _depositPool();
        // Without a pool that takes deposits the funds only pass through one.
        if (!any) pool = _newestOpenPool();
        _takeFunds(pool, asset, amount);
        bytes memory refund = _refundOf(payee);
        hidden = any && refund.length != 0 && !_isFull(pool);
        if (hidden) {
            _publicNote(pool, refund, asset, amount, "");
            return hidden;
        }
        // Some can hold coins, but no ledger balance: the payer keeps it.
        bool holds = asset == Chain.COIN || IAssetsModel(Chain.ASSETS).modelCanHold(payee, asset);
        _unhide(pool, holds ? payee : msg.sender, asset, amount);
    }

    /// @dev The caller's funds go into the pool: the coin came as value.
    function _takeFunds(uint8 pool, uint256 asset, uint256 amount) private {
        _requireAsset(asset);
        if (amount == 0 || amount > type(uint128).max) revert IPool.InvalidAmount(amount);
        uint256 required = asset == Chain.COIN ? amount : 0;
        if (msg.value != required) revert IPool.WrongValue(required, msg.value);
        _hide(pool, msg.sender, asset, amount);
    }
}

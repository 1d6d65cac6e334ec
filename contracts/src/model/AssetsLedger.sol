// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Chain} from "./Chain.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IErc20Facade} from "../interfaces/IErc20Facade.sol";
import {IErc721Facade} from "../interfaces/IErc721Facade.sol";
import {IFacadeModel} from "./IModels.sol";
import {Ids} from "./Ids.sol";
import {IPool} from "../interfaces/IPool.sol";
import {Model} from "./Model.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Slots} from "./Slots.sol";

/// @title AssetsLedger, the registry's words, public balances and supply in the model of ASSETS
abstract contract AssetsLedger is Model {
    using Slots for bytes32;

    uint256 internal constant BALANCE = 1;
    uint256 internal constant ISSUED = 2;
    uint256 internal constant PUBLIC = 3;
    uint256 internal constant REGISTRY = 4;
    uint256 internal constant NAME = 5;
    uint256 internal constant BY_NAME = 6;
    uint256 internal constant ALLOWANCE = 7;
    uint256 internal constant OPERATOR = 8;
    uint256 internal constant TICKET_CATEGORY = 9;
    uint256 internal constant TICKET_NUMBER = 10;
    uint256 internal constant OWNER = 14;
    uint256 internal constant APPROVED = 15;
    uint256 internal constant TICKET_COUNT = 16;
    uint256 internal constant CATEGORY_OPERATOR = 17;

    uint8 internal constant UNKNOWN = 0;
    uint8 internal constant COIN = 1;
    uint8 internal constant TOKEN = 2;
    uint8 internal constant CATEGORY = 3;
    uint8 internal constant TICKET = 4;

    /// @dev A registry word: kind 8 bits | decimals 8 | name length 8 | issuer 160.
    struct Registration {
        uint8 kind;
        uint8 decimals;
        uint8 nameLength;
        address issuer;
    }

    function _registration(uint256 id) internal view returns (Registration memory) {
        if (id == Chain.COIN) return Registration(COIN, 18, 4, address(0));
        uint256 word = id < SeroZkp.R ? Slots.at(REGISTRY, id).get() : 0;
        return Registration(uint8(word >> 176), uint8(word >> 168), uint8(word >> 160), address(uint160(word)));
    }

    function _register(uint256 id, Registration memory r) internal {
        uint256 word = uint256(r.kind) << 176 | uint256(r.decimals) << 168 | uint256(r.nameLength) << 160;
        Slots.at(REGISTRY, id).set(word | uint160(r.issuer));
    }

    /// @dev Coin, token or ticket.
    function _requireAsset(uint256 id) internal view returns (Registration memory found) {
        found = _registration(id);
        if (found.kind == UNKNOWN || found.kind == CATEGORY) revert IAssets.UnknownAsset(id);
    }

    function _requireTokenOrTicket(uint256 id) internal view returns (Registration memory found) {
        found = _requireAsset(id);
        if (found.kind == COIN) revert IAssets.CoinNotAllowed();
    }

    function _requireIssuer(address caller, Registration memory r) internal pure {
        if (caller != r.issuer) revert IAssets.NotIssuer(caller, r.issuer);
    }

    /// @dev The id whose facade shows this asset.
    function _shownAs(uint256 asset) internal view returns (uint256) {
        return _registration(asset).kind == TICKET ? Slots.at(TICKET_CATEGORY, asset).get() : asset;
    }

    function _facadeOf(uint256 id) internal pure returns (address) {
        return Ids.facade(Chain.ASSETS, id);
    }

    function _canHold(address to, uint256 shownAs) internal pure returns (bool) {
        return to != address(0) && !Chain.isPrecompile(to) && to != _facadeOf(shownAs);
    }

    function _requireHolder(address to, uint256 shownAs) internal pure {
        if (!_canHold(to, shownAs)) revert IAssets.InvalidReceiver(to);
    }

    function _amount(uint256 amount) internal pure returns (uint256) {
        if (amount == 0 || amount > type(uint128).max) revert IAssets.InvalidAmount(amount);
        return amount;
    }

    // ---- balances ----

    function _balanceOf(address holder, uint256 asset) internal view returns (uint256) {
        if (asset == Chain.COIN) return holder.balance;
        if (_registration(asset).kind != TICKET) return Slots.at(BALANCE, Slots.key(holder), asset).get();
        return holder != address(0) && _ownerOf(asset) == holder ? 1 : 0;
    }

    /// @dev Who holds a ticket in public; zero for anything else.
    function _ownerOf(uint256 ticket) internal view returns (address) {
        return address(uint160(Slots.at(OWNER, ticket).get()));
    }

    function _transfer(address caller, address from, address to, uint256 id, uint256 amount) internal {
        _requireTokenOrTicket(id);
        _requireHolder(to, _shownAs(id));
        _take(from, id, amount);
        _give(to, id, amount);
        _logTransfer(caller, from, to, id, amount);
    }

    function _credit(address caller, address from, address to, uint256 asset, uint256 amount) internal {
        _give(to, asset, amount);
        _logTransfer(caller, from, to, asset, amount);
    }

    function _debit(address caller, address from, address to, uint256 asset, uint256 amount) internal {
        _take(from, asset, amount);
        _logTransfer(caller, from, to, asset, amount);
    }

    function _take(address from, uint256 asset, uint256 amount) private {
        uint256 balance = _balanceOf(from, asset);
        if (balance < amount) revert IAssets.InsufficientBalance(from, asset, balance, amount);
        if (_registration(asset).kind != TICKET) {
            return Slots.at(BALANCE, Slots.key(from), asset).set(balance - amount);
        }
        _setOwner(asset, address(0));
        _changeCount(from, asset, false);
    }

    function _give(address to, uint256 asset, uint256 amount) private {
        if (_registration(asset).kind != TICKET) {
            return _add(Slots.at(BALANCE, Slots.key(to), asset), asset, amount);
        }
        if (amount != 1 || _ownerOf(asset) != address(0)) revert IAssets.SupplyOverflow(asset);
        _setOwner(asset, to);
        _changeCount(to, asset, true);
    }

    /// @dev The owner's word counts its changes in the upper 96 bits.
    function _setOwner(uint256 ticket, address owner) private {
        bytes32 slot = Slots.at(OWNER, ticket);
        uint256 moves = (slot.get() >> 160) + 1;
        slot.set(moves << 160 | uint160(owner));
    }

    function _changeCount(address holder, uint256 ticket, bool more) private {
        bytes32 slot = Slots.at(TICKET_COUNT, Slots.key(holder), Slots.at(TICKET_CATEGORY, ticket).get());
        slot.set(more ? slot.get() + 1 : slot.get() - 1);
    }

    /// @dev ERC-6909's log, and that of the facade that shows the asset.
    function _logTransfer(address caller, address from, address to, uint256 asset, uint256 amount) private {
        emit IAssets.Transfer(caller, from, to, asset, amount);
        bool ticket = _registration(asset).kind == TICKET;
        bytes32[] memory topics = new bytes32[](ticket ? 4 : 3);
        topics[0] = ticket ? IErc721Facade.Transfer.selector : IErc20Facade.Transfer.selector;
        (topics[1], topics[2]) = (bytes32(Slots.key(from)), bytes32(Slots.key(to)));
        if (ticket) topics[3] = bytes32(Slots.at(TICKET_NUMBER, asset).get());
        _logAtFacade(_shownAs(asset), topics, ticket ? bytes("") : abi.encode(amount));
    }

    /// @dev Where nobody could put code at the facade's address, nothing is logged there.
    function _logAtFacade(uint256 id, bytes32[] memory topics, bytes memory data) internal {
        address facade = _facadeOf(id);
        if (facade.code.length != 0) IFacadeModel(facade).modelLog(topics, data);
    }

    // ---- supply ----

    function _issue(uint256 asset, uint256 amount) internal {
        _add(Slots.at(ISSUED, asset), asset, amount);
        _add(Slots.at(PUBLIC, asset), asset, amount);
    }

    function _unissue(uint256 asset, uint256 amount) internal {
        _subtract(Slots.at(PUBLIC, asset), asset, amount);
        _subtract(Slots.at(ISSUED, asset), asset, amount);
    }

    /// @dev A counter below 2^128.
    function _add(bytes32 slot, uint256 asset, uint256 amount) internal {
        uint256 sum = slot.get() + amount;
        if (sum > type(uint128).max) revert IAssets.SupplyOverflow(asset);
        slot.set(sum);
    }

    function _subtract(bytes32 slot, uint256 asset, uint256 amount) internal {
        uint256 value = slot.get();
        if (value < amount) revert IAssets.SupplyOverflow(asset);
        slot.set(value - amount);
    }

    function _supply(uint256 asset) internal view returns (uint256 issued, uint256 inPublic, uint256 hidden) {
        issued = Slots.at(ISSUED, asset).get();
        hidden = IPool(Chain.POOL).hidden(asset);
        if (asset == Chain.COIN) inPublic = issued > hidden ? issued - hidden : 0;
        else inPublic = Slots.at(PUBLIC, asset).get();
    }
}

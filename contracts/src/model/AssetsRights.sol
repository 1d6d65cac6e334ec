// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AssetsLedger} from "./AssetsLedger.sol";
import {Chain} from "./Chain.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IErc20Facade} from "../interfaces/IErc20Facade.sol";
import {IErc721Facade} from "../interfaces/IErc721Facade.sol";
import {Ids} from "./Ids.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Slots} from "./Slots.sol";

/// @title AssetsRights, who may move what of another's, and the doors of the facades
abstract contract AssetsRights is AssetsLedger {
    using Slots for bytes32;

    function _isOperator(address owner, address spender) internal view returns (bool) {
        return Slots.at(OPERATOR, Slots.key(owner), Slots.key(spender)).get() != 0;
    }

    function _isCategoryOperator(address owner, address spender, uint256 category) internal view returns (bool) {
        return Slots.at(CATEGORY_OPERATOR, Slots.key(owner), Slots.key(spender), category).get() != 0;
    }

    function _allowance(address owner, address spender, uint256 id) internal pure returns (bytes32 slot) {
        return Slots.at(ALLOWANCE, Slots.key(owner), Slots.key(spender), id);
    }

    /// @dev Of a token, the allowance that its facade shows too.
    function _approve(address owner, address spender, uint256 id, uint256 amount) internal {
        _allowance(owner, spender, id).set(amount);
        emit IAssets.Approval(owner, spender, id, amount);
        if (_registration(id).kind != TOKEN) return;
        _logAtFacade(id, _topics(IErc20Facade.Approval.selector, owner, spender), abi.encode(amount));
    }

    function _spendAllowance(address spender, address owner, uint256 id, uint256 amount) internal {
        if (spender == owner || _isOperator(owner, spender)) return;
        bytes32 slot = _allowance(owner, spender, id);
        uint256 allowed = slot.get();
        if (allowed == type(uint256).max) return;
        if (allowed < amount) revert IAssets.InsufficientAllowance(spender, id, allowed, amount);
        slot.set(allowed - amount);
    }

    /// @dev Whom ERC-721 lets move the ticket as well: void once the ticket has moved.
    function _approvedFor(uint256 ticket) internal view returns (address) {
        uint256 owner = Slots.at(OWNER, ticket).get();
        uint256 approval = Slots.at(APPROVED, ticket).get();
        bool valid = approval >> 160 == owner >> 160 && uint160(owner) != 0;
        return valid ? address(uint160(approval)) : address(0);
    }

    // ---- for facades, which say who called them ----

    function _onlyFacade(uint256 id) private view {
        address facade = _facadeOf(id);
        if (msg.sender != facade) revert IAssets.NotFacade(msg.sender, facade);
    }

    /// @dev An amount of zero moves nothing, but is logged there.
    function _facadeTransfer(uint256 id, address caller, address from, address to, uint256 amount) internal {
        _onlyFacade(id);
        _requireTokenOrTicket(id);
        _spendAllowance(caller, from, id, amount);
        if (amount == 0) {
            if (from == address(0) || from == Chain.ASSETS || from == Chain.POOL) revert IAssets.InvalidSender(from);
            _requireHolder(to, id);
            return _logAtFacade(id, _topics(IErc20Facade.Transfer.selector, from, to), abi.encode(amount));
        }
        if (amount > type(uint128).max) {
            revert IAssets.InsufficientBalance(from, id, _balanceOf(from, id), amount);
        }
        _transfer(caller, from, to, id, amount);
    }

    function _facadeApprove(uint256 id, address owner, address spender, uint256 amount) internal {
        _onlyFacade(id);
        _approve(owner, spender, id, amount);
    }

    function _facadeTransferTicket(uint256 category, address caller, address from, address to, uint256 number) internal {
        (uint256 ticket, address owner) = _heldTicket(category, caller, number);
        address approved = _approvedFor(ticket);
        if (approved == address(0) || approved != caller) _requireOperator(category, ticket, owner, caller);
        _transfer(caller, from, to, ticket, 1);
    }

    function _facadeApproveTicket(uint256 category, address caller, address approved, uint256 number) internal {
        (uint256 ticket, address owner) = _heldTicket(category, caller, number);
        _requireOperator(category, ticket, owner, caller);
        uint256 moves = Slots.at(OWNER, ticket).get() >> 160;
        Slots.at(APPROVED, ticket).set(moves << 160 | uint160(approved));
        bytes32[] memory topics = new bytes32[](4);
        (topics[0], topics[1]) = (IErc721Facade.Approval.selector, bytes32(Slots.key(owner)));
        (topics[2], topics[3]) = (bytes32(Slots.key(approved)), bytes32(number));
        _logAtFacade(category, topics, "");
    }

    function _facadeSetOperator(uint256 category, address owner, address spender, bool approved) internal {
        _onlyFacade(category);
        bytes32 slot = Slots.at(CATEGORY_OPERATOR, Slots.key(owner), Slots.key(spender), category);
        slot.set(approved ? 1 : 0);
        bytes32[] memory topics = _topics(IErc721Facade.ApprovalForAll.selector, owner, spender);
        _logAtFacade(category, topics, abi.encode(approved));
    }

    /// @dev A ticket that somebody holds in public.
    function _heldTicket(uint256 category, address caller, uint256 number)
        private
        view
        returns (uint256 ticket, address owner)
    {
        _onlyFacade(category);
        if (category >= SeroZkp.R) revert IAssets.UnknownCategory(category);
        ticket = Ids.ticket(category, number);
        owner = _ownerOf(ticket);
        if (owner == address(0)) revert IAssets.NotTicketOperator(caller, ticket, owner);
    }

    function _requireOperator(uint256 category, uint256 ticket, address owner, address caller) private view {
        bool may = caller == owner || _isCategoryOperator(owner, caller, category) || _isOperator(owner, caller);
        if (!may) revert IAssets.NotTicketOperator(caller, ticket, owner);
    }

    function _topics(bytes32 signature, address a, address b) private pure returns (bytes32[] memory topics) {
        topics = new bytes32[](3);
        (topics[0], topics[1], topics[2]) = (signature, bytes32(Slots.key(a)), bytes32(Slots.key(b)));
    }
}

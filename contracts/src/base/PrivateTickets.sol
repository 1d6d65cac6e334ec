// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Sero} from "../Sero.sol";

/// @title PrivateTickets, to inherit: a contract that issues tickets of a category of its own
/// @notice A ticket has a number, is issued once for ever, and moves in public or as a note. Wallets that know ERC-721
/// find the category at `facade()`. Who may issue is for the inheriting contract to say.
abstract contract PrivateTickets {
    /// @notice The asset id of the ticket category.
    uint256 public immutable category;

    /// @notice Registers the category; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, 1 to 32 bytes
    constructor(string memory name) payable {
        category = Sero.ASSETS.registerCategory{value: msg.value}(name);
    }

    /// @notice Where the category answers as ERC-721.
    function facade() public view returns (address) {
        return Sero.ASSETS.facadeOf(category);
    }

    /// @notice The asset id of a ticket, issued or not.
    function ticketOf(uint256 number) public view returns (uint256) {
        return Sero.ASSETS.ticketId(category, number);
    }

    /// @dev Issues a ticket in the public balance of `to`.
    /// @return ticket its asset id
    function _issue(uint256 number, address to) internal returns (uint256 ticket) {
        return Sero.ASSETS.issueTicket(category, number, to);
    }

    /// @dev Issues a ticket as a note to a one-time address.
    /// @param pkr 128 bytes, used once
    /// @param memo at most 64 bytes, public
    function _issueHidden(uint256 number, bytes memory pkr, bytes memory memo) internal returns (uint256 ticket) {
        ticket = _issue(number, address(this));
        Sero.shield(pkr, ticket, 1, memo);
    }

    /// @dev Issues a ticket to a caller of this or an earlier transaction: as a note if there is a refund `pkr`, else in
    /// public.
    function _issueAndPay(uint256 number, address payee) internal returns (uint256 ticket) {
        ticket = _issue(number, address(this));
        Sero.pay(payee, ticket, 1);
    }

    /// @dev Destroys a ticket that this contract holds. Its number is never issued again.
    function _burn(uint256 number) internal {
        Sero.ASSETS.burn(ticketOf(number), 1);
    }
}

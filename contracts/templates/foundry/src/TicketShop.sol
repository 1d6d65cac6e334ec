// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AssetReceiver} from "sero/base/AssetReceiver.sol";
import {PrivateTickets} from "sero/base/PrivateTickets.sol";
import {Sero} from "sero/Sero.sol";

/// @title TicketShop, which sells tickets to buyers it cannot know
/// @notice A buyer attaches the price to a shielded call, and gets the ticket as a note: the shop sees a one-time
/// address, and nothing that links two purchases of one person.
contract TicketShop is PrivateTickets, AssetReceiver {
    uint256 public constant TICKETS = 1000;

    address public immutable owner;
    /// @notice The token that tickets are paid in, and what one costs.
    uint256 public immutable priceAsset;
    uint256 public immutable price;

    event Sold(uint256 indexed number, uint256 indexed ticket);

    error NotOwner(address caller);
    error NoSuchTicket(uint256 number, uint256 tickets);

    /// @notice Registers the ticket category; `msg.value` is the registration fee, exactly.
    /// @param priceAsset_ a token; not the coin, which cannot be attached
    constructor(string memory name, uint256 priceAsset_, uint256 price_) payable PrivateTickets(name) {
        owner = msg.sender;
        (priceAsset, price) = (priceAsset_, price_);
    }

    /// @notice Sells ticket `number` for exactly the price, attached to this transaction. A number that is sold already
    /// reverts with `AlreadyIssued`.
    function buy(uint256 number) external paidWith(priceAsset, price) returns (uint256 ticket) {
        if (number >= TICKETS) revert NoSuchTicket(number, TICKETS);
        ticket = _issueAndPay(number, msg.sender);
        emit Sold(number, ticket);
    }

    /// @notice Moves the proceeds into a note to a one-time address of the owner's.
    function withdraw(bytes calldata pkr) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        Sero.shield(pkr, priceAsset, proceeds(), "");
    }

    function proceeds() public view returns (uint256) {
        return Sero.ASSETS.balanceOf(address(this), priceAsset);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {AssetReceiver} from "../base/AssetReceiver.sol";
import {PrivateTickets} from "../base/PrivateTickets.sol";
import {Sero} from "../Sero.sol";

/// @title TicketShop, which sells tickets to buyers it cannot know
/// @notice A buyer attaches the price to a shielded call and gets the ticket as a note to the
/// refund `pkr` of that call. The shop sees a one-time address and nothing else.
contract TicketShop is PrivateTickets, AssetReceiver {
    /// @notice Tickets have the numbers 0 to 999.
    uint256 public constant TICKET_COUNT = 1000;

    /// @notice The account that may withdraw, fixed for ever.
    address public immutable owner;

    /// @notice The token that tickets are paid in.
    uint256 public immutable priceAsset;

    /// @notice What one ticket costs, in base units.
    uint256 public immutable price;

    /// @notice Whether a ticket number is sold.
    mapping(uint256 number => bool sold) public isSold;

    /// @dev As in `IAssets.AssetInfo`.
    uint8 private constant KIND_TOKEN = 2;

    /// @notice `buyer`, a one-time address, bought ticket `number`, whose asset id is `ticket`.
    event Sold(uint256 indexed number, uint256 indexed ticket, address indexed buyer);
    /// @notice The owner took `amount` of the price asset out to `to`.
    event Withdrawn(address indexed to, uint256 amount);

    /// @dev Only the owner withdraws.
    error NotOwner(address caller);
    /// @dev The price is zero or not in a registered token.
    error InvalidPrice(uint256 asset, uint256 amount);
    /// @dev The number is not below `TICKET_COUNT`.
    error NoSuchTicket(uint256 number);
    /// @dev Every number is sold once.
    error AlreadySold(uint256 number);

    /// @notice Registers the ticket category; `msg.value` is the registration fee, exactly.
    /// @param categoryName unique on the chain for ever, at most 32 bytes
    /// @param priceAsset_ a registered token; not the coin, which cannot be attached
    /// @param price_ of one ticket, in base units, not zero
    constructor(string memory categoryName, uint256 priceAsset_, uint256 price_)
        payable
        PrivateTickets(categoryName)
    {
        if (price_ == 0 || Sero.ASSETS.assetInfo(priceAsset_).kind != KIND_TOKEN) {
            revert InvalidPrice(priceAsset_, price_);
        }
        owner = msg.sender;
        priceAsset = priceAsset_;
        price = price_;
    }

    /// @notice Sells a ticket for exactly the price, attached to this transaction.
    /// @param number below `TICKET_COUNT` and not sold
    /// @return ticket its asset id
    function buy(uint256 number) external paidWith(priceAsset, price) returns (uint256 ticket) {
        if (number >= TICKET_COUNT) revert NoSuchTicket(number);
        if (isSold[number]) revert AlreadySold(number);
        isSold[number] = true;
        ticket = _issueAndPay(number, msg.sender);
        emit Sold(number, ticket, msg.sender);
    }

    /// @notice Moves all proceeds to the public balance of `to`.
    function withdraw(address to) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        uint256 amount = proceeds();
        Sero.ASSETS.transfer(to, priceAsset, amount);
        emit Withdrawn(to, amount);
    }

    /// @notice What the shop holds in `priceAsset`.
    function proceeds() public view returns (uint256) {
        return Sero.ASSETS.balanceOf(address(this), priceAsset);
    }
}

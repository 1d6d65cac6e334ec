// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "../interfaces/IAssets.sol";
import {AssetReceiver} from "../base/AssetReceiver.sol";
import {PrivateTickets} from "../base/PrivateTickets.sol";
import {Sero} from "../Sero.sol";

/// @title TicketBox, tickets that stand for what lies in a box
/// @notice A box holds coins, tokens and tickets, tickets of other boxes among them, under the id of
/// one ticket. Whoever hands that ticket in gets all of it, and the ticket is destroyed. So a whole
/// basket moves as one note, and nobody sees between whom.
/// The ticket itself is the only proof: not an address, not a signature.
contract TicketBox is PrivateTickets, AssetReceiver {
    /// @notice Most kinds of token and ticket in one box, so that it can always be opened.
    uint256 public constant ITEMS_MAX = 16;

    /// @notice Boxes ever packed; the next ticket's number.
    uint256 public boxCount;

    /// @dev Coins and items of a box, by its ticket's asset id. Gone when it is opened.
    mapping(uint256 ticket => uint256 coins) private _coins;
    mapping(uint256 ticket => IAssets.Attachment[] items) private _items;

    /// @notice `packer` made box `number`, whose ticket's asset id is `ticket`.
    event Packed(uint256 indexed number, uint256 indexed ticket, address indexed packer);
    /// @notice Box `number` was opened for `receiver`.
    event Opened(uint256 indexed number, uint256 indexed ticket, address indexed receiver);

    /// @dev A box needs a content, and at most `max` items.
    error InvalidContent(uint256 count, uint256 max);
    /// @dev What was handed in is not exactly the ticket of box `number`.
    error NotThisTicket(uint256 number);
    /// @dev There is no ticket of a box behind this call.
    error NotHandedIn(address caller);

    /// @notice Registers the ticket category; `msg.value` is the registration fee, exactly.
    /// @param categoryName unique on the chain for ever, at most 32 bytes
    constructor(string memory categoryName) payable PrivateTickets(categoryName) {}

    /// @notice Packs the value and all attachments of this transaction. The ticket goes to the
    /// caller: as a note if the caller left a refund `pkr`, else as a public credit.
    function pack() external payable returns (uint256 ticket) {
        return _pack(_receiveAll());
    }

    /// @notice Packs the value, and items out of the caller's public balance, each allowed to this
    /// contract by `ASSETS.approve`, by `ASSETS.setOperator` or on a token's facade.
    function packPublic(IAssets.Attachment[] calldata items) external payable returns (uint256 ticket) {
        for (uint256 i = 0; i < items.length; i++) {
            Sero.ASSETS.transferFrom(msg.sender, address(this), items[i].asset, items[i].amount);
        }
        return _pack(items);
    }

    /// @notice Opens a box with its ticket attached to this transaction, and nothing else.
    function open(uint256 number) external {
        uint256 ticket = ticketOf(number);
        IAssets.Attachment[] memory received = _receiveAll();
        if (received.length != 1 || received[0].asset != ticket) revert NotThisTicket(number);
        _open(number, ticket, msg.sender);
    }

    /// @notice Opens a box with its ticket out of the caller's public balance, allowed to this
    /// contract by `ASSETS.approve`.
    function openPublic(uint256 number) external {
        uint256 ticket = ticketOf(number);
        Sero.ASSETS.transferFrom(msg.sender, address(this), ticket, 1);
        _open(number, ticket, msg.sender);
    }

    /// @notice Opens a box with its ticket sent here by the facade's `safeTransferFrom`; the content
    /// goes to `from`, whoever sent the ticket for it.
    function onERC721Received(address, address from, uint256 tokenId, bytes calldata) external returns (bytes4) {
        if (msg.sender != facade()) revert NotHandedIn(msg.sender);
        _open(tokenId, ticketOf(tokenId), from);
        return this.onERC721Received.selector;
    }

    /// @notice What lies under a ticket.
    function content(uint256 number) external view returns (uint256 coins, IAssets.Attachment[] memory items) {
        uint256 ticket = ticketOf(number);
        return (_coins[ticket], _items[ticket]);
    }

    /// @dev `items` are here already.
    function _pack(IAssets.Attachment[] memory items) private returns (uint256 ticket) {
        bool empty = msg.value == 0 && items.length == 0;
        if (empty || items.length > ITEMS_MAX) revert InvalidContent(items.length, ITEMS_MAX);
        uint256 number = boxCount++;
        ticket = _issue(number, address(this));
        _coins[ticket] = msg.value;
        for (uint256 i = 0; i < items.length; i++) {
            _items[ticket].push(items[i]);
        }
        Sero.pay(msg.sender, ticket, 1);
        emit Packed(number, ticket, msg.sender);
    }

    /// @dev `ticket` is here, and could only be here in this call: a box is packed with it in its
    /// holder's hands, and every way in ends here. `burn` fails for a ticket that is not.
    /// Nothing below calls foreign code, and no payment fails because of the receiver.
    function _open(uint256 number, uint256 ticket, address receiver) private {
        uint256 coins = _coins[ticket];
        IAssets.Attachment[] memory items = _items[ticket];
        delete _coins[ticket];
        delete _items[ticket];
        Sero.ASSETS.burn(ticket, 1);
        if (coins != 0) Sero.pay(receiver, Sero.COIN, coins);
        for (uint256 i = 0; i < items.length; i++) {
            Sero.pay(receiver, items[i].asset, items[i].amount);
        }
        emit Opened(number, ticket, receiver);
    }
}

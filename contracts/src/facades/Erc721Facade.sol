// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IErc721Facade} from "../interfaces/IErc721Facade.sol";
import {Sero} from "../Sero.sol";

/// @notice What the issuer of a category may answer.
interface ITicketIssuer {
    /// @notice Where the metadata of a ticket is; any URI.
    function ticketURI(uint256 category, uint256 number) external view returns (string memory);
}

/// @notice ERC-721's receiver.
interface ITicketReceiver {
    function onERC721Received(address operator, address from, uint256 tokenId, bytes calldata data)
        external
        returns (bytes4);
}

/// @title Erc721Facade, a ticket category of ASSETS as ERC-721
/// @notice ASSETS puts this runtime code at `facadeOf(category)` when the category is registered;
/// see `Erc20Facade`.
contract Erc721Facade is IErc721Facade {
    /// @dev Slot 0; ASSETS writes it, once.
    uint256 public category;

    bytes4 private constant ERC165 = 0x01ffc9a7;
    bytes4 private constant ERC721 = 0x80ac58cd;
    bytes4 private constant ERC721_METADATA = 0x5b5e139f;

    function transferFrom(address from, address to, uint256 tokenId) public {
        Sero.ASSETS.facadeTransferTicket(category, msg.sender, from, to, tokenId);
    }

    function safeTransferFrom(address from, address to, uint256 tokenId) external {
        safeTransferFrom(from, to, tokenId, "");
    }

    /// @dev The ticket has moved, whole, when the receiver gets its turn: re-entry finds nothing half done.
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes memory data) public {
        transferFrom(from, to, tokenId);
        if (to.code.length == 0) return;
        try ITicketReceiver(to).onERC721Received(msg.sender, from, tokenId, data) returns (bytes4 answer) {
            if (answer != ITicketReceiver.onERC721Received.selector) revert ReceiverRefused(to);
        } catch (bytes memory reason) {
            if (reason.length == 0) revert ReceiverRefused(to);
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
    }

    function approve(address to, uint256 tokenId) external {
        Sero.ASSETS.facadeApproveTicket(category, msg.sender, to, tokenId);
    }

    function setApprovalForAll(address operator, bool approved) external {
        Sero.ASSETS.facadeSetOperator(category, msg.sender, operator, approved);
    }

    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert InvalidOwner(owner);
        return Sero.ASSETS.ticketCount(owner, category);
    }

    function ownerOf(uint256 tokenId) external view returns (address owner) {
        (owner,) = _holder(tokenId);
    }

    function getApproved(uint256 tokenId) external view returns (address approved) {
        (, approved) = _holder(tokenId);
    }

    function isApprovedForAll(address owner, address operator) external view returns (bool) {
        return Sero.ASSETS.isCategoryOperator(owner, operator, category) || Sero.ASSETS.isOperator(owner, operator);
    }

    /// @dev A hidden ticket has a URI too: it exists. An issuer that answers with rubbish spoils
    /// this for its own tickets.
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        _supply(Sero.ASSETS.ticketId(category, tokenId), tokenId);
        address issuer = Sero.ASSETS.assetInfo(category).issuer;
        if (issuer.code.length == 0) return "";
        try ITicketIssuer(issuer).ticketURI(category, tokenId) returns (string memory uri) {
            return uri;
        } catch {
            return "";
        }
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == ERC165 || interfaceId == ERC721 || interfaceId == ERC721_METADATA;
    }

    function name() external view returns (string memory) {
        return Sero.ASSETS.name(category);
    }

    function symbol() external view returns (string memory) {
        return Sero.ASSETS.symbol(category);
    }

    function _holder(uint256 number) private view returns (address owner, address approved) {
        uint256 ticket = Sero.ASSETS.ticketId(category, number);
        (owner, approved) = Sero.ASSETS.ticketOwner(ticket);
        if (owner != address(0)) return (owner, approved);
        if (_supply(ticket, number) != 0) revert TicketHidden(number);
        return (address(Sero.ASSETS), address(0));
    }

    /// @dev What of an existing ticket is in the pool: 0 or 1.
    function _supply(uint256 ticket, uint256 number) private view returns (uint256 hidden) {
        if (Sero.ASSETS.assetInfo(ticket).kind == 0) revert UnknownTicket(number);
        uint256 issued;
        (issued,, hidden) = Sero.ASSETS.supply(ticket);
        if (issued == 0) revert UnknownTicket(number);
    }
}

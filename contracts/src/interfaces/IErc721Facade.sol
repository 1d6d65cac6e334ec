// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title What every ticket category is at `ASSETS.facadeOf(category)`: ERC-721 with metadata
/// @notice A token id is the ticket's number. The logs are written by ASSETS, as for
/// `IErc20Facade`.
interface IErc721Facade {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    /// @dev No ticket with this number exists: never issued, or burned.
    error UnknownTicket(uint256 number);
    /// @dev The ticket is a note in the pool, and nobody can see whose.
    error TicketHidden(uint256 number);
    /// @dev The contract `receiver` does not take tickets by `onERC721Received`.
    error ReceiverRefused(address receiver);
    /// @dev ERC-721 has no balance of the zero address.
    error InvalidOwner(address owner);

    /// @notice The category's id.
    function category() external view returns (uint256);
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    /// @notice What the issuer's `ticketURI(category, number)` says, or empty if it has no answer.
    function tokenURI(uint256 tokenId) external view returns (string memory);
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
    /// @notice Tickets in the account's public balance.
    function balanceOf(address owner) external view returns (uint256);
    /// @notice The public holder. ASSETS while the ticket is attached to the running transaction.
    function ownerOf(uint256 tokenId) external view returns (address);
    function getApproved(uint256 tokenId) external view returns (address);
    /// @notice True for an operator of this category, and for an ERC-6909 operator.
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    function approve(address to, uint256 tokenId) external;
    function setApprovalForAll(address operator, bool approved) external;
    function transferFrom(address from, address to, uint256 tokenId) external;
    function safeTransferFrom(address from, address to, uint256 tokenId) external;
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external;
}

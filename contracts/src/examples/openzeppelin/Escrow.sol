// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

/// @title Escrow, which sells any ERC-721 token for any ERC-20 token
/// @notice Written for Ethereum, on OpenZeppelin's parts: nothing here knows of the privacy
/// precompiles. It works with facades as it is.
contract Escrow is ERC721Holder, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @notice Somebody's wish for a token that lies here.
    struct Offer {
        address seller;
        IERC721 collection;
        uint256 tokenId;
        IERC20 currency;
        uint256 price;
    }

    /// @notice Offers by number; one without seller is over.
    mapping(uint256 number => Offer offer) public offers;

    /// @notice Offers ever made.
    uint256 public offerCount;

    /// @notice Offer `number` was made, or is over.
    event Offered(uint256 indexed number, address indexed seller);
    event Closed(uint256 indexed number, address indexed receiver);

    /// @dev There is no such offer any more, or it is somebody else's.
    error NoSuchOffer(uint256 number);

    /// @notice Takes the seller's token, which must be approved for this contract.
    function offer(IERC721 collection, uint256 tokenId, IERC20 currency, uint256 price)
        external
        nonReentrant
        returns (uint256 number)
    {
        number = offerCount++;
        offers[number] = Offer(msg.sender, collection, tokenId, currency, price);
        collection.safeTransferFrom(msg.sender, address(this), tokenId);
        emit Offered(number, msg.sender);
    }

    /// @notice Pays the price, which must be approved for this contract, and gets the token.
    function buy(uint256 number) external nonReentrant {
        Offer memory it = _close(number, msg.sender);
        it.currency.safeTransferFrom(msg.sender, it.seller, it.price);
        it.collection.safeTransferFrom(address(this), msg.sender, it.tokenId);
    }

    /// @notice Gives the token back to its seller.
    function withdraw(uint256 number) external nonReentrant {
        if (offers[number].seller != msg.sender) revert NoSuchOffer(number);
        Offer memory it = _close(number, msg.sender);
        it.collection.safeTransferFrom(address(this), msg.sender, it.tokenId);
    }

    function _close(uint256 number, address receiver) private returns (Offer memory it) {
        it = offers[number];
        if (it.seller == address(0)) revert NoSuchOffer(number);
        delete offers[number];
        emit Closed(number, receiver);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IPackages} from "../interfaces/IPackages.sol";
import {Sero} from "../Sero.sol";

/// @title SealedBidAuction, in which a bid is a closed package
/// @notice A bid is the money itself, in a box whose content only the bidder knows. While bidding is on,
/// the auction sees one-time addresses and boxes; the keys come at the end, and the highest box
/// that was opened wins. One contract, one lot.
///
/// How to bid, from a fresh `From`:
/// 1. one shielded call with a package of your own in its bundle and `register(id)` as its call, with `bond`
///    coins as value, before `biddingEnds`;
/// 2. `PACKAGES.transfer(id, auction)` in a second transaction. Never before the first is final: a box that
///    was handed over unregistered belongs to nobody and is lost;
/// 3. after `biddingEnds`, `reveal(id, k)`, or give `k` to anybody who does it. Never before: the call
///    fails, and shows `k` and the bid all the same.
///
/// What an attacker may try:
/// - to register another's box, and be paid its content: only its owner can, once;
/// - to fill the auction with nonsense: no loop runs over bids, and whoever reveals pays for that reveal;
/// - to make a good bid fail: a reveal that fails changes nothing, whether the key was wrong or the gas too
///   little, and can be repeated. So there is no `try` here whose failure would be believed;
/// - to block the end by refusing money: nothing here calls a payee, `POOL.pay` never fails because of one;
/// - to see the others' bids first, and then choose which of one's own to reveal, or none: that cannot be
///   prevented, since nobody else has the keys, but each bid that is not revealed costs its `bond`. A late
///   handover is no more than that: what is in the box was fixed before it was registered;
/// - to be first among equals by the order of reveals: among equal bids the one registered first wins;
/// - to bid in another asset, below the reserve, or nothing: the content goes back, and it is no bid.
///
/// A box that was never opened is nobody's bid. After `revealEnds` anybody may call `reclaim(id)`: it returns to
/// its bidder closed, who opens it in private, and nobody ever learns what was bid.
contract SealedBidAuction {
    /// @notice What is known of a registered box.
    /// @param bidder who registered it and is paid what it does not win
    /// @param number in the order of registration, from 1
    /// @param done revealed, or reclaimed
    struct Bid {
        address bidder;
        uint64 number;
        bool done;
    }

    /// @notice Who sells, fixed for ever.
    address public immutable seller;

    /// @notice The asset that is sold, a token or ticket.
    uint256 public immutable lot;

    /// @notice How much of it; 1 for a ticket.
    uint256 public immutable lotAmount;

    /// @notice The asset that bids are made in: the coin or a token.
    uint256 public immutable currency;

    /// @notice The least bid, at least 1.
    uint256 public immutable reserve;

    /// @notice Coins that a bidder leaves with each box, and loses to the seller if it is not revealed.
    uint256 public immutable bond;

    /// @notice Seconds of bidding, from `start` on.
    uint256 public immutable biddingTime;

    /// @notice Seconds of revealing after that.
    uint256 public immutable revealTime;

    /// @notice When bidding ends and revealing begins, in seconds since 1970; 0 before `start`.
    uint256 public biddingEnds;

    /// @notice When revealing ends.
    uint256 public revealEnds;

    /// @notice The highest bid that was revealed; 0 if none was.
    uint256 public highestAmount;

    /// @notice The box of that bid.
    bytes32 public highestId;

    /// @notice Bids ever registered.
    uint64 public bidCount;

    /// @notice Whether lot and price have gone where they belong.
    bool public isSettled;

    /// @notice Bids by their package's id.
    mapping(bytes32 id => Bid) public bids;

    /// @dev As in `IAssets.AssetInfo`.
    uint8 private constant KIND_TOKEN = 2;

    /// @notice The lot is here.
    event Started(uint256 indexed lot, uint256 lotAmount, uint256 biddingEnds, uint256 revealEnds);
    /// @notice `bidder`, a one-time address, bids what is in package `id`.
    event Registered(bytes32 indexed id, address indexed bidder, uint64 number);
    /// @notice Package `id` was opened; `isBid` says whether it was a bid at all.
    event Revealed(bytes32 indexed id, address indexed bidder, uint256 asset, uint256 amount, bool isBid);
    /// @notice Package `id` was never revealed: the bond is the seller's. `returned` says whether the package was
    /// here to be handed back.
    event Reclaimed(bytes32 indexed id, address indexed bidder, bool returned);
    /// @notice The end. Without a bid, `winner` is zero and the lot is the seller's again.
    event Settled(address indexed winner, uint256 amount);

    /// @dev Bids are in the coin or a registered token.
    error InvalidCurrency(uint256 asset);
    /// @dev The reserve is zero, or a phase lasts no time.
    error InvalidTerms();
    /// @dev Only the seller starts the auction.
    error NotSeller(address caller);
    /// @dev The auction is not in the phase that this function belongs to; times as in `biddingEnds`, `revealEnds`.
    error WrongPhase(uint256 time, uint256 biddingEnds, uint256 revealEnds);
    /// @dev Every registration brings exactly the bond.
    error WrongBond(uint256 required, uint256 sent);
    /// @dev Only a package's owner bids with it.
    error NotPackageOwner(address caller, address owner);
    /// @dev An empty box is no bid.
    error PackageOpened(bytes32 id);
    /// @dev A package is registered once.
    error AlreadyRegistered(bytes32 id);
    /// @dev There is no such bid, or no longer.
    error NoSuchBid(bytes32 id);
    /// @dev The lot and the price are paid out once.
    error AlreadySettled();

    /// @notice Sets the terms; the caller is the seller.
    /// @param lot_ the asset sold, a token or ticket, which `start` brings
    /// @param lotAmount_ how much of it
    /// @param currency_ the coin or a registered token
    /// @param reserve_ the least bid, not zero
    /// @param bond_ in coins, may be zero
    /// @param biddingTime_ in seconds, not zero
    /// @param revealTime_ in seconds, not zero: enough that every bidder gets a transaction included
    constructor(
        uint256 lot_,
        uint256 lotAmount_,
        uint256 currency_,
        uint256 reserve_,
        uint256 bond_,
        uint256 biddingTime_,
        uint256 revealTime_
    ) {
        if (currency_ != Sero.COIN && Sero.ASSETS.assetInfo(currency_).kind != KIND_TOKEN) {
            revert InvalidCurrency(currency_);
        }
        if (reserve_ == 0 || biddingTime_ == 0 || revealTime_ == 0) revert InvalidTerms();
        seller = msg.sender;
        (lot, lotAmount, currency) = (lot_, lotAmount_, currency_);
        (reserve, bond) = (reserve_, bond_);
        (biddingTime, revealTime) = (biddingTime_, revealTime_);
    }

    /// @notice Brings the lot, attached to this transaction and nothing else with it, and opens the bidding.
    function start() external {
        if (msg.sender != seller) revert NotSeller(msg.sender);
        if (biddingEnds != 0) revert WrongPhase(block.timestamp, biddingEnds, revealEnds);
        biddingEnds = block.timestamp + biddingTime;
        revealEnds = biddingEnds + revealTime;
        Sero.receiveSingle(lot, lotAmount);
        emit Started(lot, lotAmount, biddingEnds, revealEnds);
    }

    /// @notice Bids with a closed package of the caller's, which the caller then hands to this contract.
    /// `msg.value` is the bond.
    function register(bytes32 id) external payable {
        if (block.timestamp >= biddingEnds) revert WrongPhase(block.timestamp, biddingEnds, revealEnds);
        if (msg.value != bond) revert WrongBond(bond, msg.value);
        if (bids[id].bidder != address(0)) revert AlreadyRegistered(id);
        IPackages.Package memory info = Sero.PACKAGES.packageInfo(id);
        if (info.owner != msg.sender) revert NotPackageOwner(msg.sender, info.owner);
        if (info.opened) revert PackageOpened(id);
        uint64 number = ++bidCount;
        bids[id] = Bid(msg.sender, number, false);
        emit Registered(id, msg.sender, number);
    }

    /// @notice Opens a bid with its package's key. Anybody may call; what comes out of the box goes to its
    /// bidder, unless it is the highest bid so far. Reverts, and changes nothing, if the package does not
    /// open or is not here.
    function reveal(bytes32 id, bytes32 k) external {
        if (block.timestamp < biddingEnds || block.timestamp >= revealEnds) {
            revert WrongPhase(block.timestamp, biddingEnds, revealEnds);
        }
        Bid storage bid = _openBid(id);
        bid.done = true;
        (uint256 asset, uint256 amount,) = Sero.openPackage(id, k);
        bool isBid = asset == currency && amount >= reserve;
        if (isBid && _isHigher(amount, bid.number)) {
            (bytes32 outbid, uint256 back) = (highestId, highestAmount);
            (highestId, highestAmount) = (id, amount);
            if (back != 0) Sero.pay(bids[outbid].bidder, currency, back);
        } else if (amount != 0) {
            Sero.pay(bid.bidder, asset, amount);
        }
        if (bond != 0) Sero.pay(bid.bidder, Sero.COIN, bond);
        emit Revealed(id, bid.bidder, asset, amount, isBid);
    }

    /// @notice After the end: hands a package that was never revealed back to its bidder, closed, and the bond to
    /// the seller. Anybody may call.
    function reclaim(bytes32 id) external {
        _onlyAfterTheEnd();
        Bid storage bid = _openBid(id);
        bid.done = true;
        bool returned = Sero.holdsPackage(id);
        if (returned) Sero.PACKAGES.transfer(id, bid.bidder);
        if (bond != 0) Sero.pay(seller, Sero.COIN, bond);
        emit Reclaimed(id, bid.bidder, returned);
    }

    /// @notice After the end, once: the lot to the winner and the price to the seller, or the lot back to the
    /// seller if nobody bid. Anybody may call.
    function settle() external {
        _onlyAfterTheEnd();
        if (isSettled) revert AlreadySettled();
        isSettled = true;
        address winner = bids[highestId].bidder;
        Sero.pay(winner == address(0) ? seller : winner, lot, lotAmount);
        if (winner != address(0)) Sero.pay(seller, currency, highestAmount);
        emit Settled(winner, highestAmount);
    }

    /// @dev A bid that is neither revealed nor reclaimed.
    function _openBid(bytes32 id) private view returns (Bid storage bid) {
        bid = bids[id];
        if (bid.bidder == address(0) || bid.done) revert NoSuchBid(id);
    }

    function _isHigher(uint256 amount, uint64 number) private view returns (bool) {
        return amount > highestAmount || (amount == highestAmount && number < bids[highestId].number);
    }

    function _onlyAfterTheEnd() private view {
        if (biddingEnds == 0 || block.timestamp < revealEnds) {
            revert WrongPhase(block.timestamp, biddingEnds, revealEnds);
        }
    }
}

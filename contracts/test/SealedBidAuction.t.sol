// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {SealedBidAuction} from "../src/examples/SealedBidAuction.sol";
import {IPackages} from "../src/interfaces/IPackages.sol";
import {Sero} from "../src/Sero.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

contract SealedBidAuctionTest is Precompiles {
    address private constant SELLER = address(0x5E11E4);
    uint256 private constant BOND = 1 ether;
    uint256 private constant RESERVE = 100;
    uint256 private constant PHASE = 1 days;

    SealedBidAuction private _auction;
    uint256 private _money;
    uint256 private _lot;
    mapping(uint256 bid => bytes32 id) private _ids;

    function setUp() public {
        etchPrecompiles();
        PrivateToken money = new PrivateToken{value: FEE}("Money", 2);
        _money = money.asset();
        money.mintTo(pkr(1), type(uint64).max, "");
        uint256 category = ASSETS.registerCategory{value: FEE}("Art");
        _lot = ASSETS.issueTicket(category, 1, SELLER);
        VM.prank(SELLER);
        _auction = new SealedBidAuction(_lot, 1, _money, RESERVE, BOND, PHASE, PHASE);
        attach(SELLER, address(_auction), _lot, 1);
        VM.prank(SELLER);
        _auction.start();
        detach();
    }

    /// @notice The highest of the bids at or above the reserve wins, the first registered among equals, in
    /// whatever order they are revealed; everybody else has everything back; nothing stays.
    function testFuzz_the_highest_wins_and_nothing_stays(uint64[6] memory amounts, uint8 silent, uint8 turn) public {
        uint256 best = amounts.length;
        for (uint256 i = 0; i < amounts.length; i++) {
            amounts[i] %= 1000;
            _bid(i, _bidder(i), amounts[i]);
        }
        VM.warp(_auction.biddingEnds());
        for (uint256 step = 0; step < amounts.length; step++) {
            uint256 i = (step + turn) % amounts.length;
            if (silent >> i & 1 == 1) continue;
            _auction.reveal(_id(i), _key(i));
        }
        for (uint256 i = 0; i < amounts.length; i++) {
            if (silent >> i & 1 == 1 || amounts[i] < RESERVE) continue;
            if (best == amounts.length || amounts[i] > amounts[best]) best = i;
        }
        VM.warp(_auction.revealEnds());
        _auction.settle();
        for (uint256 i = 0; i < amounts.length; i++) {
            if (silent >> i & 1 == 0) continue;
            _auction.reclaim(_id(i));
            VM.assertEq(Sero.packageOwner(_id(i)), _bidder(i), "returned");
        }
        // Nobody has a refund address: all credits are public, and can be counted.
        uint256 unrevealed;
        for (uint256 i = 0; i < amounts.length; i++) {
            bool revealed = silent >> i & 1 == 0;
            if (!revealed) unrevealed++;
            VM.assertEq(ASSETS.balanceOf(_bidder(i), _money), revealed && i != best ? amounts[i] : 0, "back");
            VM.assertEq(_bidder(i).balance, revealed ? BOND : 0, "bond");
        }
        bool sold = best != amounts.length;
        (address owner,) = ASSETS.ticketOwner(_lot);
        VM.assertEq(owner, sold ? _bidder(best) : SELLER, "the lot");
        VM.assertEq(ASSETS.balanceOf(SELLER, _money), sold ? amounts[best] : 0, "price");
        VM.assertEq(SELLER.balance, unrevealed * BOND, "bonds that are lost");
        VM.assertEq(ASSETS.balanceOf(address(_auction), _money), 0, "money left");
        VM.assertEq(address(_auction).balance, 0, "bonds left");
    }

    function test_a_stranger_does_not_register_and_nobody_twice() public {
        _ids[1] = closePackage(ALICE, _key(1), _money, 200, "");
        VM.expectRevert(abi.encodeWithSelector(SealedBidAuction.NotPackageOwner.selector, address(this), ALICE));
        _auction.register{value: BOND}(_id(1));
        _registerAs(ALICE, 1);
        VM.deal(ALICE, BOND);
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(SealedBidAuction.AlreadyRegistered.selector, _id(1)));
        _auction.register{value: BOND}(_id(1));
        VM.warp(_auction.biddingEnds());
        VM.expectRevert(
            abi.encodeWithSelector(
                SealedBidAuction.WrongPhase.selector, block.timestamp, _auction.biddingEnds(), _auction.revealEnds()
            )
        );
        _auction.register{value: BOND}(_id(2));
    }

    function test_a_box_that_never_opens_blocks_nobody() public {
        _ids[1] = closeBadPackage(ALICE, _key(1), _money, 100);
        _registerAs(ALICE, 1);
        VM.prank(ALICE);
        PACKAGES.transfer(_id(1), address(_auction));
        _bid(2, BOB, 200);
        VM.warp(_auction.biddingEnds());
        string memory flaw = "the content is not what the package's commitment says";
        VM.expectRevert(abi.encodeWithSelector(IPackages.InvalidContent.selector, _id(1), flaw));
        _auction.reveal(_id(1), _key(1));
        VM.expectRevert(abi.encodeWithSelector(IPackages.WrongKey.selector, _id(2)));
        _auction.reveal(_id(2), _key(1));
        _auction.reveal(_id(2), _key(2));
        VM.warp(_auction.revealEnds());
        _auction.settle();
        _auction.reclaim(_id(1));
        VM.assertEq(Sero.packageOwner(_id(1)), ALICE, "returned");
        VM.assertEq(_auction.highestAmount(), 200, "price");
    }

    function test_a_box_that_never_came_loses_its_bond_only() public {
        _ids[1] = closePackage(ALICE, _key(1), _money, 200, "");
        _registerAs(ALICE, 1);
        VM.warp(_auction.revealEnds());
        VM.expectEmit(address(_auction));
        emit SealedBidAuction.Reclaimed(_id(1), ALICE, false);
        _auction.reclaim(_id(1));
        VM.assertEq(Sero.packageOwner(_id(1)), ALICE, "never left");
        VM.expectRevert(abi.encodeWithSelector(SealedBidAuction.NoSuchBid.selector, _id(1)));
        _auction.reclaim(_id(1));
    }

    function _bid(uint256 i, address bidder, uint256 amount) private {
        _ids[i] = closePackage(bidder, _key(i), _money, amount, "");
        _registerAs(bidder, i);
        VM.prank(bidder);
        PACKAGES.transfer(_id(i), address(_auction));
    }

    function _registerAs(address bidder, uint256 i) private {
        VM.deal(bidder, BOND);
        VM.prank(bidder);
        _auction.register{value: BOND}(_id(i));
    }

    function _bidder(uint256 i) private pure returns (address) {
        return address(uint160(0xB1D0 + i));
    }

    function _id(uint256 i) private view returns (bytes32) {
        return _ids[i];
    }

    function _key(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("key", i));
    }
}

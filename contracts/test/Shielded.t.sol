// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {OwnedToken} from "../src/examples/OwnedToken.sol";
import {TicketShop} from "../src/examples/TicketShop.sol";
import {IAssets} from "../src/interfaces/IAssets.sol";
import {IPool} from "../src/interfaces/IPool.sol";
import {Sero} from "../src/Sero.sol";
import {SeroTest} from "../src/testing/SeroTest.sol";
import {TestWallet} from "../src/testing/TestWallet.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

/// @notice A shop that gives change, takes coins, and sometimes says no.
contract Kiosk {
    uint256 public taken;

    function buy(uint256 token, uint256 price) external payable {
        IAssets.Attachment[] memory received = Sero.ASSETS.receiveAttached();
        require(received.length == 1 && received[0].asset == token && received[0].amount >= price, "price");
        taken += price;
        if (received[0].amount > price) Sero.pay(msg.sender, token, received[0].amount - price);
        if (msg.value != 0) Sero.pay(msg.sender, Sero.COIN, msg.value / 2);
    }
}

/// @notice Says who called.
contract Witness {
    event Seen(address caller);

    address[] public callers;

    function see() external {
        callers.push(msg.sender);
        emit Seen(msg.sender);
    }
}

contract ShieldedTest is Precompiles {
    OwnedToken private _money;
    TicketShop private _shop;
    Kiosk private _kiosk;
    TestWallet private _alice;
    TestWallet private _bob;
    uint256 private _asset;

    function setUp() public {
        etchPrecompiles();
        _money = new OwnedToken{value: FEE}("Money", 2);
        _asset = _money.asset();
        _shop = new TicketShop{value: FEE}("Concert", _asset, 25);
        _kiosk = new Kiosk();
        (_alice, _bob) = (wallet("alice"), wallet("bob"));
    }

    function test_a_note_is_found_by_its_owner_alone() public {
        _money.mintTo(_alice.pkr(), 100, "");
        POOL.shield{value: 3 ether}(_bob.pkr(), COIN, 3 ether, "");
        sync();
        VM.assertEq(_alice.balance(_asset), 100, "alice's money");
        VM.assertEq(_alice.balance(COIN), 0, "alice's coins");
        VM.assertEq(_bob.balance(COIN), 3 ether, "bob's coins");
    }

    function test_a_ticket_is_bought_from_notes_and_nobody_sees_by_whom() public {
        _money.mintTo(_alice.pkr(), 100, "");
        (bool ok, bytes memory result) =
            shieldedCall(_alice, address(_shop), abi.encodeCall(TicketShop.buy, (7)), _asset, 25);
        VM.assertTrue(ok, "sold");
        uint256 ticket = abi.decode(result, (uint256));
        VM.assertEq(_alice.balance(ticket), 1, "the ticket is a note");
        VM.assertEq(_alice.balance(_asset), 75, "the change is a note");
        assertSupply(ticket, 0, 1);
        assertSupply(_asset, 25, 75);
        // The price, the ticket and the shop are public; the change and the wallet's account are not.
        assertSeen(address(_shop));
        assertSeen(ticket);
        assertSeen(25);
        assertUnseen(75);
        assertUnseen(address(_alice));
    }

    function test_two_calls_come_from_two_addresses() public {
        Witness witness = new Witness();
        shieldedCall(_payNothing(address(witness)));
        shieldedCall(_payNothing(address(witness)));
        (address first, address second) = (witness.callers(0), witness.callers(1));
        VM.assertTrue(first != second && first != address(_alice), "one-time accounts");
        assertSeen(second);
        assertUnseen(first);
    }

    function _payNothing(address to) private view returns (SeroTest.ShieldedCall memory c) {
        (c.payer, c.to, c.data) = (_alice, to, abi.encodeCall(Witness.see, ()));
    }

    function testFuzz_nothing_is_lost(uint128 minted, uint128 attached, uint128 price, uint64 value) public {
        minted = 1 + minted / 2;
        attached = 1 + attached % minted;
        _money.mintTo(_alice.pkr(), minted, "");
        POOL.shield{value: 20 ether}(_alice.pkr(), COIN, 20 ether, "");
        SeroTest.ShieldedCall memory c;
        (c.payer, c.to, c.value) = (_alice, address(_kiosk), value);
        c.data = abi.encodeCall(Kiosk.buy, (_asset, price));
        c.attachments = new IAssets.Attachment[](1);
        c.attachments[0] = IAssets.Attachment(_asset, attached);
        (bool ok,) = shieldedCall(c);
        VM.assertEq(ok ? 1 : 0, attached >= price ? 1 : 0, "accepted if it was enough");
        uint256 paid = ok ? price : 0;
        VM.assertEq(_alice.balance(_asset), minted - paid, "the rest is in notes");
        VM.assertEq(ASSETS.balanceOf(address(_kiosk), _asset), paid, "the price");
        uint256 kept = ok ? value - value / 2 : 0;
        VM.assertEq(_alice.balance(COIN), 20 ether - kept, "coins");
        VM.assertEq(address(_kiosk).balance, kept, "the kiosk's coins");
        assertSupply(_asset, paid, minted - paid);
    }

    function test_a_wallet_spends_what_it_has() public {
        _money.mintTo(_alice.pkr(), 24, "");
        VM.expectRevert(abi.encodeWithSelector(TestWallet.TooLittle.selector, _asset, 25, 24));
        this.buy(3);
    }

    function buy(uint256 number) external {
        shieldedCall(_alice, address(_shop), abi.encodeCall(TicketShop.buy, (number)), _asset, 25);
    }

    function test_what_is_in_a_log_is_seen() public {
        _money.mintTo(_alice.pkr(), 99, "hello");
        sync();
        assertSeen("hello");
        VM.expectRevert(abi.encodeWithSelector(SeroTest.Unseen.selector, bytes("goodbye")));
        this.mustSee("goodbye");
    }

    function mustSee(bytes calldata fact) external view {
        assertSeen(fact);
    }

    function test_a_root_is_an_anchor_from_the_next_block_on() public {
        (bytes32 before,) = POOL.tree(0);
        _money.mintTo(_alice.pkr(), 1, "");
        (bytes32 same, uint64 count) = POOL.tree(0);
        VM.assertTrue(same == before && count == 1, "the block is open");
        VM.roll(block.number + 1);
        (bytes32 anchor,) = POOL.tree(0);
        VM.assertTrue(anchor != before, "the block has ended");
        VM.assertTrue(POOL.isAnchor(0, anchor) && POOL.isAnchor(0, before), "both for ever");
        _money.mintTo(_alice.pkr(), 1, "");
        VM.assertTrue(POOL.isAnchor(0, anchor), "kept");
    }

    function test_delegatecall_answers_and_does_not_write() public {
        (bool ok, bytes memory answer) =
            address(ASSETS).delegatecall(abi.encodeCall(IAssets.registrationFee, ()));
        VM.assertTrue(ok && abi.decode(answer, (uint256)) == FEE, "reads out of its own storage");
        (ok, answer) = address(ASSETS).delegatecall(abi.encodeCall(IAssets.setOperator, (BOB, true)));
        VM.assertTrue(!ok && bytes4(answer) == IAssets.OnlyPlainCall.selector, "changes nothing");
        (ok, answer) = address(POOL).staticcall(abi.encodeCall(IPool.pay, (BOB, _asset, 1)));
        VM.assertTrue(!ok && bytes4(answer) == IPool.OnlyPlainCall.selector, "changes nothing");
    }
}

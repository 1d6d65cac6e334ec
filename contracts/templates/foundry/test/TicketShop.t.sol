// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "sero/interfaces/IAssets.sol";
import {Sero} from "sero/Sero.sol";
import {SeroTest} from "sero/testing/SeroTest.sol";
import {TestWallet} from "sero/testing/TestWallet.sol";
import {TicketShop} from "../src/TicketShop.sol";
import {Token} from "../src/Token.sol";
import {vm} from "./Vm.sol";

contract TicketShopTest is SeroTest {
    uint256 private constant PRICE = 25;

    TicketShop private shop;
    TestWallet private buyer;
    uint256 private gold;

    function setUp() public {
        installSero();
        Token token = new Token{value: REGISTRATION_FEE}("GOLD", 6);
        gold = token.asset();
        shop = new TicketShop{value: REGISTRATION_FEE}("Show", gold, PRICE);
        buyer = wallet("buyer");
        token.mintPrivate(buyer.pkr(), 100, "");
        sync();
    }

    function test_sells_a_ticket_as_a_note() public {
        (bool ok, bytes memory result) = buy(7, PRICE);
        vm.assertTrue(ok);
        uint256 ticket = abi.decode(result, (uint256));
        vm.assertEq(ticket, ASSETS.ticketId(shop.category(), 7));
        vm.assertEq(buyer.balance(ticket), 1);
        vm.assertEq(buyer.balance(gold), 100 - PRICE);
        vm.assertEq(shop.proceeds(), PRICE);
        // Everybody sees the price and the ticket, and neither who paid nor what is left.
        assertSeen(PRICE);
        assertSeen(ticket);
        assertUnseen(address(buyer));
        assertUnseen(100 - PRICE);
    }

    function test_sells_a_number_once() public {
        buy(7, PRICE);
        uint256 ticket = ASSETS.ticketId(shop.category(), 7);
        refused(7, PRICE, abi.encodeWithSelector(IAssets.AlreadyIssued.selector, ticket));
        vm.assertEq(shop.proceeds(), PRICE);
    }

    function test_sells_the_numbers_that_there_are() public {
        refused(1000, PRICE, abi.encodeWithSelector(TicketShop.NoSuchTicket.selector, 1000, 1000));
    }

    function testFuzz_takes_exactly_the_price(uint256 amount) public {
        amount = 1 + amount % 100;
        IAssets.Attachment[] memory received = new IAssets.Attachment[](1);
        received[0] = IAssets.Attachment(gold, amount);
        if (amount == PRICE) buy(1, PRICE);
        else refused(1, amount, abi.encodeWithSelector(Sero.WrongAttachment.selector, gold, PRICE, received));
    }

    function test_needs_a_payment() public {
        IAssets.Attachment[] memory nothing = new IAssets.Attachment[](0);
        vm.expectRevert(abi.encodeWithSelector(Sero.WrongAttachment.selector, gold, PRICE, nothing));
        shop.buy(1);
    }

    function test_pays_its_owner_in_private() public {
        buy(7, PRICE);
        TestWallet owner = wallet("owner");
        bytes memory pkr = owner.pkr();
        vm.prank(address(0xB0B));
        vm.expectRevert(abi.encodeWithSelector(TicketShop.NotOwner.selector, address(0xB0B)));
        shop.withdraw(pkr);
        shop.withdraw(pkr);
        sync();
        vm.assertEq(owner.balance(gold), PRICE);
        assertSupply(gold, 0, 100);
    }

    function buy(uint256 number, uint256 amount) private returns (bool, bytes memory) {
        return shieldedCall(buyer, address(shop), abi.encodeCall(TicketShop.buy, number), gold, amount);
    }

    /// @dev A refused call costs the buyer nothing.
    function refused(uint256 number, uint256 amount, bytes memory reason) private {
        uint256 before = buyer.balance(gold);
        (bool ok, bytes memory result) = buy(number, amount);
        vm.assertFalse(ok);
        vm.assertEq(result, reason);
        vm.assertEq(buyer.balance(gold), before);
    }
}

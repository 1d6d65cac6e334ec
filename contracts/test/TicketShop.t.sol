// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {TicketShop} from "../src/examples/TicketShop.sol";
import {IAssets} from "../src/interfaces/IAssets.sol";
import {IAssetsModel} from "../src/model/IModels.sol";
import {Sero} from "../src/Sero.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

contract TicketShopTest is Precompiles {
    uint256 private constant PRICE = 25;

    PrivateToken private _money;
    TicketShop private _shop;
    uint256 private _asset;

    function setUp() public {
        etchPrecompiles();
        _money = new PrivateToken{value: FEE}("Money", 2);
        _asset = _money.asset();
        _shop = new TicketShop{value: FEE}("Concert", _asset, PRICE);
        _money.mintPublic(ALICE, 1000);
        _money.mintPublic(BOB, 1000);
    }

    function test_registers_its_category() public view {
        IAssets.AssetInfo memory info = ASSETS.assetInfo(_shop.category());
        VM.assertEq(info.kind, 3, "kind");
        VM.assertEq(info.issuer, address(_shop), "issuer");
        VM.assertEq(ASSETS.assetByName("Concert"), _shop.category(), "by name");
    }

    function test_refuses_a_price_that_nobody_can_pay() public {
        VM.expectRevert(abi.encodeWithSelector(TicketShop.InvalidPrice.selector, _asset, 0));
        new TicketShop{value: FEE}("Free", _asset, 0);
        VM.expectRevert(abi.encodeWithSelector(TicketShop.InvalidPrice.selector, Sero.COIN, 1));
        new TicketShop{value: FEE}("Coins", Sero.COIN, 1);
        VM.expectRevert(abi.encodeWithSelector(TicketShop.InvalidPrice.selector, 12345, 1));
        new TicketShop{value: FEE}("Nothing", 12345, 1);
    }

    function test_buyer_with_a_refund_pkr_gets_a_note() public {
        setRefund(ALICE, pkr(1));
        uint256 ticket = ASSETS.ticketId(_shop.category(), 7);
        _buy(ALICE, 7, _asset, PRICE);
        VM.assertEq(ASSETS.balanceOf(ALICE, _asset), 1000 - PRICE, "paid");
        VM.assertEq(_shop.proceeds(), PRICE, "proceeds");
        VM.assertTrue(_shop.isSold(7), "sold");
        assertSupply(ticket, 0, 1);
        assertSupply(_asset, 2000, 0);
    }

    function test_buyer_without_one_gets_a_public_credit() public {
        _buy(BOB, 999, _asset, PRICE);
        uint256 ticket = ASSETS.ticketId(_shop.category(), 999);
        VM.assertEq(ASSETS.balanceOf(BOB, ticket), 1, "ticket");
        assertSupply(ticket, 1, 0);
    }

    function test_sells_a_number_once() public {
        _buy(ALICE, 7, _asset, PRICE);
        _begin(BOB, _asset, PRICE);
        _refused(BOB, 7, abi.encodeWithSelector(TicketShop.AlreadySold.selector, 7));
    }

    function testFuzz_sells_numbers_below_1000(uint256 number) public {
        VM.assume(number >= 1000);
        _begin(BOB, _asset, PRICE);
        _refused(BOB, number, abi.encodeWithSelector(TicketShop.NoSuchTicket.selector, number));
        _buy(BOB, number % 1000, _asset, PRICE);
    }

    function testFuzz_takes_exactly_the_price(uint256 amount) public {
        amount = 1 + amount % 1000;
        if (amount == PRICE) return;
        _begin(BOB, _asset, amount);
        _refused(BOB, 1, _wrongAttachment(_attachments(1, _asset, amount)));
    }

    function test_takes_only_the_price_asset() public {
        PrivateToken other = new PrivateToken{value: FEE}("Other", 2);
        other.mintPublic(BOB, PRICE);
        uint256 asset = other.asset();
        _begin(BOB, asset, PRICE);
        _refused(BOB, 1, _wrongAttachment(_attachments(1, asset, PRICE)));
    }

    function test_takes_one_attachment_only() public {
        IAssets.Attachment[] memory twice = _attachments(2, _asset, PRICE);
        IAssetsModel(address(ASSETS)).modelAttach(BOB, address(_shop), twice);
        _refused(BOB, 1, _wrongAttachment(_attachments(2, _asset, PRICE)));
    }

    function test_needs_an_attachment() public {
        _refused(BOB, 1, _wrongAttachment(_attachments(0, 0, 0)));
    }

    function test_needs_to_be_called_directly() public {
        attach(BOB, ALICE, _asset, PRICE);
        _refused(BOB, 1, abi.encodeWithSelector(IAssets.NotAttachmentReceiver.selector, address(_shop)));
    }

    function test_owner_withdraws_everything() public {
        _buy(ALICE, 1, _asset, PRICE);
        _buy(BOB, 2, _asset, PRICE);
        VM.expectEmit(address(_shop));
        emit TicketShop.Withdrawn(address(this), 2 * PRICE);
        _shop.withdraw(address(this));
        VM.assertEq(ASSETS.balanceOf(address(this), _asset), 2 * PRICE, "received");
        VM.assertEq(_shop.proceeds(), 0, "left");
    }

    function test_only_the_owner_withdraws() public {
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(TicketShop.NotOwner.selector, ALICE));
        _shop.withdraw(ALICE);
    }

    /// @dev One shielded call, as the chain would run it.
    function _buy(address buyer, uint256 number, uint256 asset, uint256 amount) private {
        _begin(buyer, asset, amount);
        VM.expectEmit(address(_shop));
        emit TicketShop.Sold(number, ASSETS.ticketId(_shop.category(), number), buyer);
        VM.prank(buyer);
        _shop.buy(number);
        detach();
    }

    function _begin(address buyer, uint256 asset, uint256 amount) private {
        attach(buyer, address(_shop), asset, amount);
    }

    /// @dev A refused call costs the buyer nothing.
    function _refused(address buyer, uint256 number, bytes memory reason) private {
        VM.prank(buyer);
        VM.expectRevert(reason);
        _shop.buy(number);
        detach();
        VM.assertEq(ASSETS.balanceOf(buyer, _asset), 1000, "refunded");
    }

    function _attachments(uint256 count, uint256 asset, uint256 amount)
        private
        pure
        returns (IAssets.Attachment[] memory attached)
    {
        attached = new IAssets.Attachment[](count);
        for (uint256 i = 0; i < count; i++) {
            attached[i] = IAssets.Attachment(asset, amount);
        }
    }

    function _wrongAttachment(IAssets.Attachment[] memory received) private view returns (bytes memory) {
        return abi.encodeWithSelector(Sero.WrongAttachment.selector, _asset, PRICE, received);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {TicketBox} from "../src/examples/TicketBox.sol";
import {Erc20Facade} from "../src/facades/Erc20Facade.sol";
import {Erc721Facade} from "../src/facades/Erc721Facade.sol";
import {IAssets} from "../src/interfaces/IAssets.sol";
import {IErc721Facade} from "../src/interfaces/IErc721Facade.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

contract TicketBoxTest is Precompiles {
    PrivateToken private _gold;
    TicketBox private _box;
    uint256 private _asset;
    Erc721Facade private _tickets;
    Erc20Facade private _token;

    function setUp() public {
        etchPrecompiles();
        _gold = new PrivateToken{value: FEE}("Gold", 2);
        _asset = _gold.asset();
        _box = new TicketBox{value: FEE}("Box");
        _gold.mintPublic(ALICE, 1000);
        _token = Erc20Facade(ASSETS.facadeOf(_asset));
        _tickets = Erc721Facade(ASSETS.facadeOf(_box.category()));
    }

    function test_anybody_can_compute_a_facade() public view {
        VM.assertEq(
            ASSETS.facadeOf(_asset),
            Create2.computeAddress(bytes32(_asset), keccak256("SERO.facade"), address(ASSETS)),
            "CREATE2's formula"
        );
        VM.assertEq(_box.facade(), address(_tickets), "the box knows its facade");
    }

    function test_a_box_of_attachments_opens_for_the_attached_ticket() public {
        uint256 ticket = _pack(ALICE, 300);
        VM.assertEq(ASSETS.balanceOf(address(_box), _asset), 300, "packed");
        VM.assertEq(_tickets.ownerOf(0), ALICE, "owner");
        attach(ALICE, address(_box), ticket, 1);
        VM.prank(ALICE);
        _box.open(0);
        detach();
        VM.assertEq(ASSETS.balanceOf(ALICE, _asset), 1000, "back");
        VM.expectRevert(abi.encodeWithSelector(IErc721Facade.UnknownTicket.selector, 0));
        _tickets.ownerOf(0);
    }

    function test_a_box_in_a_box_and_safeTransferFrom() public {
        uint256 inner = _pack(ALICE, 300);
        IAssets.Attachment[] memory items = new IAssets.Attachment[](2);
        items[0] = IAssets.Attachment(inner, 1);
        items[1] = IAssets.Attachment(_asset, 50);
        VM.prank(ALICE);
        ASSETS.setOperator(address(_box), true);
        VM.prank(ALICE);
        _box.packPublic(items);
        VM.assertEq(_tickets.ownerOf(0), address(_box), "inner ticket lies in the box");
        VM.prank(ALICE);
        _tickets.transferFrom(ALICE, BOB, 1);
        // The inner box is in nobody's hands: whoever asks for it needs the outer one first.
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(IAssets.InsufficientBalance.selector, ALICE, inner, 0, 1));
        _box.openPublic(0);
        VM.prank(BOB);
        _tickets.safeTransferFrom(BOB, address(_box), 1);
        VM.assertEq(_tickets.ownerOf(0), BOB, "inner ticket");
        VM.prank(BOB);
        _tickets.safeTransferFrom(BOB, address(_box), 0);
        VM.assertEq(ASSETS.balanceOf(BOB, _asset), 350, "all of it");
        assertSupply(_asset, 1000, 0);
    }

    function test_only_the_right_ticket_opens() public {
        uint256 ticket = _pack(ALICE, 300);
        _pack(ALICE, 1);
        attach(ALICE, address(_box), ticket, 1);
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(TicketBox.NotThisTicket.selector, 1));
        _box.open(1);
        detach();
        VM.expectRevert(abi.encodeWithSelector(TicketBox.NotHandedIn.selector, address(this)));
        _box.onERC721Received(address(this), BOB, 0, "");
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(TicketBox.InvalidContent.selector, 0, 16));
        _box.packPublic(new IAssets.Attachment[](0));
    }

    function test_the_token_facade_and_the_ledger_are_one() public {
        VM.prank(ALICE);
        _token.approve(BOB, 40);
        VM.assertEq(ASSETS.allowance(ALICE, BOB, _asset), 40, "one allowance");
        VM.prank(BOB);
        _token.transferFrom(ALICE, BOB, 30);
        VM.assertEq(_token.allowance(ALICE, BOB), 10, "used");
        VM.assertEq(_token.balanceOf(BOB), 30, "moved");
        VM.assertEq(_token.totalSupply(), 1000, "total");
        address facade = address(_token);
        VM.expectRevert(abi.encodeWithSelector(IAssets.NotFacade.selector, address(this), facade));
        ASSETS.facadeTransfer(_asset, ALICE, ALICE, BOB, 1);
    }

    function _pack(address packer, uint256 amount) private returns (uint256 ticket) {
        attach(packer, address(_box), _asset, amount);
        VM.prank(packer);
        ticket = _box.pack();
        detach();
    }
}

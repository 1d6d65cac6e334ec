// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Arguments} from "./Arguments.sol";
import {AssetsRegistry} from "./AssetsRegistry.sol";
import {Chain} from "./Chain.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IAssetsModel} from "./IModels.sol";
import {Slots} from "./Slots.sol";

/// @title AssetsModel, ASSETS in Solidity, to be put at its address on a stock EVM
/// @notice `IAssets` with the chain's rules, errors, logs and storage. A contract cannot see who a transaction's `from` and
/// `to` are, so a test says so by `modelAttach`; as long as it says nothing, everybody counts as the callee of a
/// transaction without attachments. That the frame which asks was called by `from` itself cannot be seen at all.
contract AssetsModel is AssetsRegistry {
    using Slots for bytes32;

    /// @dev Not slots of the chain's, which keeps attachments in transient storage: here a shielded call may be several
    /// transactions. `from` and `to` of the open call; the count; asset and amount by index.
    bytes32 private constant CALLER = keccak256("SERO.model.assets.from");
    bytes32 private constant CALLEE = keccak256("SERO.model.assets.to");
    bytes32 private constant ATTACHED = keccak256("SERO.model.assets.attached");

    modifier onlyModels() {
        if (msg.sender != Chain.POOL) revert IAssetsModel.OnlyModels(msg.sender);
        _;
    }

    // ---- what a test says in the chain's place: IAssetsModel ----

    function modelGenesis(uint256 registrationFee, uint256 issuedCoin) external {
        FEE.set(registrationFee);
        modelSetIssuedCoin(issuedCoin);
    }

    function modelSetIssuedCoin(uint256 issued) public {
        Slots.at(ISSUED, Chain.COIN).set(issued);
    }

    function modelAttach(address from, address to, IAssets.Attachment[] calldata attachments) external {
        CALLER.set(Slots.key(from));
        CALLEE.set(Slots.key(to));
        for (uint256 i = 0; i < attachments.length; i++) {
            _debit(from, from, Chain.ASSETS, attachments[i].asset, attachments[i].amount);
            _attached(2 * i).set(attachments[i].asset);
            _attached(2 * i + 1).set(attachments[i].amount);
        }
        ATTACHED.set(attachments.length);
    }

    function modelDetach() external {
        _handOut(address(uint160(CALLER.get())));
        CALLER.set(0);
        CALLEE.set(0);
    }

    function modelIntoPool(address from, uint256 asset, uint256 amount) external onlyModels {
        _debit(from, from, Chain.POOL, asset, amount);
        _subtract(Slots.at(PUBLIC, asset), asset, amount);
    }

    function modelOutOfPool(address to, uint256 asset, uint256 amount) external onlyModels {
        _add(Slots.at(PUBLIC, asset), asset, amount);
        _credit(to, Chain.POOL, to, asset, amount);
    }

    function modelCanHold(address to, uint256 asset) external view returns (bool) {
        return _canHold(to, _shownAs(asset));
    }

    // ---- IAssets ----

    function _self() internal pure override returns (address) {
        return Chain.ASSETS;
    }

    function _longestCalldata() internal pure override returns (uint256) {
        return 2_048;
    }

    function _terms(bytes4 s) internal pure override returns (Terms memory) {
        bool registers = s == IAssets.registerToken.selector || s == IAssets.registerCategory.selector;
        if (registers) return Terms(true, true, true);
        bool mutates = s == IAssets.mint.selector || s == IAssets.issueTicket.selector || s == IAssets.burn.selector
            || s == IAssets.receiveAttached.selector || s == IAssets.transfer.selector
            || s == IAssets.transferFrom.selector || s == IAssets.approve.selector || s == IAssets.setOperator.selector
            || s == IAssets.facadeTransfer.selector || s == IAssets.facadeApprove.selector
            || s == IAssets.facadeTransferTicket.selector || s == IAssets.facadeApproveTicket.selector
            || s == IAssets.facadeSetOperator.selector;
        bool reads = s == IAssets.balanceOf.selector || s == IAssets.allowance.selector
            || s == IAssets.isOperator.selector || s == IAssets.supportsInterface.selector || s == IAssets.name.selector
            || s == IAssets.symbol.selector || s == IAssets.decimals.selector || s == IAssets.assetInfo.selector
            || s == IAssets.assetByName.selector || s == IAssets.ticketId.selector || s == IAssets.supply.selector
            || s == IAssets.registrationFee.selector || s == IAssets.facadeOf.selector
            || s == IAssets.ticketOwner.selector || s == IAssets.ticketCount.selector
            || s == IAssets.isCategoryOperator.selector;
        return Terms(mutates || reads, mutates, false);
    }

    function _run(bytes4 s) internal override {
        if (s == IAssets.registerToken.selector) {
            (string memory name, uint8 decimals) = (Arguments.text(0), Arguments.number8(1));
            return _return(abi.encode(_registerToken(name, decimals)));
        }
        if (s == IAssets.registerCategory.selector) {
            return _return(abi.encode(_registerCategory(Arguments.text(0))));
        }
        if (s == IAssets.mint.selector) {
            (uint256 asset, address to, uint256 amount) =
                (Arguments.word(0), Arguments.account(1), Arguments.word(2));
            return _mint(asset, to, _amount(amount));
        }
        if (s == IAssets.issueTicket.selector) {
            (uint256 category, uint256 number, address to) =
                (Arguments.word(0), Arguments.word(1), Arguments.account(2));
            return _return(abi.encode(_issueTicket(category, number, to)));
        }
        if (s == IAssets.burn.selector) {
            (uint256 asset, uint256 amount) = (Arguments.word(0), Arguments.word(1));
            return _burn(asset, _amount(amount));
        }
        if (s == IAssets.receiveAttached.selector) return _return(abi.encode(_receiveAttached()));
        if (s == IAssets.transfer.selector) {
            (address to, uint256 id, uint256 amount) = (Arguments.account(0), Arguments.word(1), Arguments.word(2));
            _transfer(msg.sender, msg.sender, to, id, _amount(amount));
            return _return(abi.encode(true));
        }
        if (s == IAssets.transferFrom.selector) {
            (address from, address to) = (Arguments.account(0), Arguments.account(1));
            (uint256 id, uint256 amount) = (Arguments.word(2), Arguments.word(3));
            _amount(amount);
            _spendAllowance(msg.sender, from, id, amount);
            _transfer(msg.sender, from, to, id, amount);
            return _return(abi.encode(true));
        }
        if (s == IAssets.approve.selector) {
            (address spender, uint256 id, uint256 amount) =
                (Arguments.account(0), Arguments.word(1), Arguments.word(2));
            _approve(msg.sender, spender, id, amount);
            return _return(abi.encode(true));
        }
        if (s == IAssets.setOperator.selector) {
            (address spender, bool approved) = (Arguments.account(0), Arguments.flag(1));
            Slots.at(OPERATOR, Slots.key(msg.sender), Slots.key(spender)).set(approved ? 1 : 0);
            emit IAssets.OperatorSet(msg.sender, spender, approved);
            return _return(abi.encode(true));
        }
        _runFacade(s);
    }

    function _runFacade(bytes4 s) private {
        if (s == IAssets.facadeTransfer.selector) {
            (uint256 id, address caller) = (Arguments.word(0), Arguments.account(1));
            (address from, address to) = (Arguments.account(2), Arguments.account(3));
            return _facadeTransfer(id, caller, from, to, Arguments.word(4));
        }
        if (s == IAssets.facadeApprove.selector) {
            (uint256 id, address owner) = (Arguments.word(0), Arguments.account(1));
            (address spender, uint256 amount) = (Arguments.account(2), Arguments.word(3));
            return _facadeApprove(id, owner, spender, amount);
        }
        if (s == IAssets.facadeTransferTicket.selector) {
            (uint256 category, address caller) = (Arguments.word(0), Arguments.account(1));
            (address from, address to) = (Arguments.account(2), Arguments.account(3));
            return _facadeTransferTicket(category, caller, from, to, Arguments.word(4));
        }
        if (s == IAssets.facadeApproveTicket.selector) {
            (uint256 category, address caller) = (Arguments.word(0), Arguments.account(1));
            (address approved, uint256 number) = (Arguments.account(2), Arguments.word(3));
            return _facadeApproveTicket(category, caller, approved, number);
        }
        if (s == IAssets.facadeSetOperator.selector) {
            (uint256 category, address owner) = (Arguments.word(0), Arguments.account(1));
            (address spender, bool approved) = (Arguments.account(2), Arguments.flag(3));
            return _facadeSetOperator(category, owner, spender, approved);
        }
        _return(_read(s));
    }

    function _read(bytes4 s) private view returns (bytes memory) {
        if (s == IAssets.balanceOf.selector) {
            (address owner, uint256 id) = (Arguments.account(0), Arguments.word(1));
            return abi.encode(_balanceOf(owner, id));
        }
        if (s == IAssets.allowance.selector) {
            (address owner, address spender) = (Arguments.account(0), Arguments.account(1));
            return abi.encode(_allowance(owner, spender, Arguments.word(2)).get());
        }
        if (s == IAssets.isOperator.selector) {
            (address owner, address spender) = (Arguments.account(0), Arguments.account(1));
            return abi.encode(_isOperator(owner, spender));
        }
        if (s == IAssets.supportsInterface.selector) {
            bytes4 id = Arguments.selector(0);
            // ERC-165 and ERC-6909.
            return abi.encode(id == 0x01ffc9a7 || id == 0x0f632fb3);
        }
        if (s == IAssets.name.selector || s == IAssets.symbol.selector) {
            _known(Arguments.word(0));
            return abi.encode(_name(Arguments.word(0)));
        }
        if (s == IAssets.decimals.selector) return abi.encode(_known(Arguments.word(0)).decimals);
        if (s == IAssets.assetInfo.selector) return abi.encode(_info(Arguments.word(0)));
        if (s == IAssets.assetByName.selector) return abi.encode(_byName(Arguments.text(0)));
        if (s == IAssets.ticketId.selector) return abi.encode(_ticketId(Arguments.word(0), Arguments.word(1)));
        if (s == IAssets.supply.selector) {
            _known(Arguments.word(0));
            (uint256 issued, uint256 inPublic, uint256 hidden) = _supply(Arguments.word(0));
            return abi.encode(issued, inPublic, hidden);
        }
        if (s == IAssets.registrationFee.selector) return abi.encode(FEE.get());
        if (s == IAssets.facadeOf.selector) return abi.encode(_facadeOf(Arguments.word(0)));
        if (s == IAssets.ticketOwner.selector) {
            uint256 ticket = Arguments.word(0);
            return abi.encode(_ownerOf(ticket), _approvedFor(ticket));
        }
        if (s == IAssets.ticketCount.selector) {
            (address owner, uint256 category) = (Arguments.account(0), Arguments.word(1));
            return abi.encode(Slots.at(TICKET_COUNT, Slots.key(owner), category).get());
        }
        (address holder, address operator) = (Arguments.account(0), Arguments.account(1));
        return abi.encode(_isCategoryOperator(holder, operator, Arguments.word(2)));
    }

    function _receiveAttached() private returns (IAssets.Attachment[] memory) {
        bool open = CALLEE.get() != 0;
        if (open && CALLEE.get() != Slots.key(msg.sender)) revert IAssets.NotAttachmentReceiver(msg.sender);
        return _handOut(msg.sender);
    }

    function _handOut(address to) private returns (IAssets.Attachment[] memory attachments) {
        attachments = new IAssets.Attachment[](ATTACHED.get());
        for (uint256 i = 0; i < attachments.length; i++) {
            attachments[i] = IAssets.Attachment(_attached(2 * i).get(), _attached(2 * i + 1).get());
            _credit(Chain.ASSETS, Chain.ASSETS, to, attachments[i].asset, attachments[i].amount);
        }
        ATTACHED.set(0);
    }

    function _attached(uint256 place) private pure returns (bytes32) {
        return keccak256(abi.encode(ATTACHED, place));
    }
}

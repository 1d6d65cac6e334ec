// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {AssetsRights} from "./AssetsRights.sol";
import {Chain} from "./Chain.sol";
import {Cheats} from "./Cheats.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IFacadeModel} from "./IModels.sol";
import {Ids} from "./Ids.sol";
import {Names} from "./Names.sol";
import {SeroZkp} from "../SeroZkp.sol";
import {Slots} from "./Slots.sol";

/// @title AssetsRegistry, names, facades, issue and burn in the model of ASSETS
abstract contract AssetsRegistry is AssetsRights {
    using Slots for bytes32;

    uint8 private constant DECIMALS_MAX = 36;
    /// @dev Not a slot of the chain's.
    bytes32 internal constant FEE = keccak256("SERO.model.assets.fee");

    function _registerToken(string memory name, uint8 decimals) internal returns (uint256 asset) {
        if (decimals > DECIMALS_MAX) revert IAssets.InvalidDecimals(decimals, DECIMALS_MAX);
        asset = Ids.token(msg.sender, name);
        _enter(asset, Registration(TOKEN, decimals, uint8(bytes(name).length), msg.sender), name);
        emit IAssets.TokenRegistered(asset, msg.sender, name, decimals);
    }

    function _registerCategory(string memory name) internal returns (uint256 category) {
        category = Ids.category(msg.sender, name);
        _enter(category, Registration(CATEGORY, 0, uint8(bytes(name).length), msg.sender), name);
        emit IAssets.CategoryRegistered(category, msg.sender, name);
    }

    function _enter(uint256 id, Registration memory registration, string memory name) private {
        if (msg.value != FEE.get()) revert IAssets.WrongRegistrationFee(FEE.get(), msg.value);
        string memory flaw = Names.flaw(bytes(name));
        if (bytes(flaw).length != 0) revert IAssets.InvalidName(flaw);
        bytes32 byName = Slots.at(BY_NAME, uint256(keccak256(bytes(name))));
        bool coin = keccak256(bytes(name)) == keccak256("SERO");
        if (coin || byName.get() != 0) revert IAssets.NameTaken(name);
        byName.set(id);
        Slots.at(NAME, id).set(uint256(bytes32(bytes(name))));
        _register(id, registration);
        _installFacade(id, registration.kind == CATEGORY ? Chain.ERC721_TEMPLATE : Chain.ERC20_TEMPLATE);
        _subtract(Slots.at(ISSUED, Chain.COIN), Chain.COIN, msg.value);
        _destroy(msg.value);
    }

    /// @dev Only a cheat code can put code where no deployer can. Without one, a test does it, before the registration or
    /// after. An account that has a nonce, but no code, cannot be seen.
    function _installFacade(uint256 id, address template) private {
        address facade = _facadeOf(id);
        if (facade.code.length == 0) {
            if (Chain.CHEATS.code.length == 0) return;
            Cheats(Chain.CHEATS).etch(facade, template.code);
        } else if (facade.codehash != template.codehash) {
            revert IAssets.FacadeTaken(facade);
        }
        IFacadeModel(facade).modelName(id);
    }

    /// @dev A contract that is made and gives up in the same transaction leaves nothing, its coins included (EIP-6780).
    function _destroy(uint256 amount) private {
        if (amount == 0) return;
        assembly ("memory-safe") {
            // ADDRESS SELFDESTRUCT
            mstore(0, shl(240, 0x30ff))
            if iszero(create(amount, 0, 2)) { revert(0, 0) }
        }
    }

    function _mint(uint256 asset, address to, uint256 amount) internal {
        Registration memory token = _requireAsset(asset);
        if (token.kind != TOKEN) revert IAssets.UnknownAsset(asset);
        _requireIssuer(msg.sender, token);
        _requireHolder(to, asset);
        _issue(asset, amount);
        _credit(msg.sender, address(0), to, asset, amount);
    }

    function _issueTicket(uint256 category, uint256 number, address to) internal returns (uint256 ticket) {
        Registration memory found = _registration(category);
        if (found.kind != CATEGORY) revert IAssets.UnknownCategory(category);
        _requireIssuer(msg.sender, found);
        _requireHolder(to, category);
        ticket = Ids.ticket(category, number);
        // The registration stays when a ticket is burned: a number is issued once, ever.
        if (_registration(ticket).kind != UNKNOWN) revert IAssets.AlreadyIssued(ticket);
        found.kind = TICKET;
        _register(ticket, found);
        Slots.at(TICKET_CATEGORY, ticket).set(category);
        Slots.at(TICKET_NUMBER, ticket).set(number);
        _issue(ticket, 1);
        emit IAssets.TicketIssued(ticket, category, number);
        _credit(msg.sender, address(0), to, ticket, 1);
    }

    function _burn(uint256 asset, uint256 amount) internal {
        _requireTokenOrTicket(asset);
        _debit(msg.sender, msg.sender, address(0), asset, amount);
        _unissue(asset, amount);
    }

    // ---- what is known ----

    function _known(uint256 id) internal view returns (Registration memory found) {
        found = _registration(id);
        if (found.kind == UNKNOWN) revert IAssets.UnknownAsset(id);
    }

    function _name(uint256 id) internal view returns (string memory) {
        Registration memory found = _registration(id);
        if (found.kind == COIN) return "SERO";
        bytes memory word = abi.encode(Slots.at(NAME, _shownAs(id)).get());
        uint256 length = found.nameLength;
        assembly ("memory-safe") {
            mstore(word, length)
        }
        return string(word);
    }

    function _byName(string memory name) internal view returns (uint256) {
        if (keccak256(bytes(name)) == keccak256("SERO")) return Chain.COIN;
        return Slots.at(BY_NAME, uint256(keccak256(bytes(name)))).get();
    }

    function _info(uint256 id) internal view returns (IAssets.AssetInfo memory info) {
        Registration memory found = _registration(id);
        if (found.kind == UNKNOWN) return info;
        (info.kind, info.issuer, info.decimals) = (found.kind, found.issuer, found.decimals);
        (info.category, info.number) = (Slots.at(TICKET_CATEGORY, id).get(), Slots.at(TICKET_NUMBER, id).get());
        info.name = _name(id);
    }

    function _ticketId(uint256 category, uint256 number) internal pure returns (uint256) {
        if (category >= SeroZkp.R) revert IAssets.UnknownCategory(category);
        return Ids.ticket(category, number);
    }
}

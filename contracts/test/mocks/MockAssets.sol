// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IAssets} from "../../src/interfaces/IAssets.sol";
import {Sero} from "../../src/Sero.sol";

/// @title MockAssets, the ledger of ASSETS in Solidity, for `vm.etch`
/// @notice The arithmetic and the errors are the precompile's. Simplified: names are checked for
/// length only, ids are one keccak, and who called the attachments'
/// receiver cannot be seen. Facades have the right addresses, but a test must put the code there,
/// and nothing is logged in their name. State lives at the precompile's address.
contract MockAssets is IAssets {
    uint256 private constant REGISTRATION_FEE = 1 ether;
    uint256 private constant FIELD_ORDER =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint8 private constant DECIMALS_MAX = 36;
    uint8 private constant KIND_COIN = 1;
    uint8 private constant KIND_TOKEN = 2;
    uint8 private constant KIND_CATEGORY = 3;
    uint8 private constant KIND_TICKET = 4;

    mapping(uint256 asset => AssetInfo) private _info;
    mapping(bytes32 nameHash => uint256 asset) private _byName;
    mapping(uint256 asset => uint256) private _issued;
    mapping(uint256 asset => uint256) private _public;
    mapping(address owner => mapping(uint256 asset => uint256)) private _balance;
    mapping(address owner => mapping(address spender => bool)) private _operator;
    mapping(address owner => mapping(address spender => mapping(uint256 asset => uint256))) private _allowance;

    mapping(uint256 ticket => address) private _owner;
    mapping(uint256 ticket => address) private _approved;
    mapping(address owner => mapping(uint256 category => uint256)) private _count;
    mapping(address owner => mapping(address spender => mapping(uint256 category => bool))) private _categoryOperator;

    address private _attachedTo;
    address private _attachedFrom;
    Attachment[] private _attached;

    // ---- what the tests and MockPool do in the chain's place ----

    /// @notice Starts a transaction from `from` to `to`.
    function begin(address from, address to) external {
        (_attachedFrom, _attachedTo) = (from, to);
    }

    /// @notice Attaches an asset to the transaction, taken out of its `from`.
    function attach(uint256 asset, uint256 amount) external {
        _debit(_attachedFrom, asset, amount);
        _attached.push(Attachment(asset, amount));
    }

    /// @notice Ends the transaction: what nobody took goes back.
    function settle() external {
        for (uint256 i = 0; i < _attached.length; i++) {
            _credit(_attachedFrom, _attached[i].asset, _attached[i].amount);
        }
        delete _attached;
        (_attachedFrom, _attachedTo) = (address(0), address(0));
    }

    /// @notice Moves a public balance into the pool; POOL only.
    function enterPool(address holder, uint256 asset, uint256 amount) external {
        _onlyPool();
        _debit(holder, asset, amount);
        _public[asset] -= amount;
    }

    /// @notice Moves out of the pool into a public balance; POOL only.
    function leavePool(address holder, uint256 asset, uint256 amount) external {
        _onlyPool();
        _public[asset] += amount;
        _credit(holder, asset, amount);
    }

    // ---- registry ----

    function registerToken(string calldata name_, uint8 decimals_) external payable returns (uint256 asset) {
        if (decimals_ > DECIMALS_MAX) revert InvalidDecimals(decimals_, DECIMALS_MAX);
        asset = _register("token", KIND_TOKEN, name_, decimals_);
        emit TokenRegistered(asset, msg.sender, name_, decimals_);
    }

    function registerCategory(string calldata name_) external payable returns (uint256 category) {
        category = _register("category", KIND_CATEGORY, name_, 0);
        emit CategoryRegistered(category, msg.sender, name_);
    }

    function mint(uint256 asset, address to, uint256 amount) external {
        _onlyIssuer(asset, KIND_TOKEN);
        _issue(asset, to, amount);
    }

    function issueTicket(uint256 category, uint256 number, address to) external returns (uint256 asset) {
        _onlyIssuer(category, KIND_CATEGORY);
        asset = ticketId(category, number);
        if (_info[asset].kind != 0) revert AlreadyIssued(asset);
        _info[asset] = AssetInfo(KIND_TICKET, msg.sender, category, number, _info[category].name, 0);
        emit TicketIssued(asset, category, number);
        _issue(asset, to, 1);
    }

    function burn(uint256 asset, uint256 amount) external {
        _debit(msg.sender, asset, amount);
        _issued[asset] -= amount;
        _public[asset] -= amount;
        emit Transfer(msg.sender, msg.sender, address(0), asset, amount);
    }

    function receiveAttached() external returns (Attachment[] memory attached) {
        if (msg.sender != _attachedTo) revert NotAttachmentReceiver(msg.sender);
        attached = _attached;
        delete _attached;
        for (uint256 i = 0; i < attached.length; i++) {
            _credit(msg.sender, attached[i].asset, attached[i].amount);
        }
    }

    // ---- ledger ----

    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool) {
        return _move(msg.sender, receiver, id, amount);
    }

    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool) {
        _spendAllowance(msg.sender, sender, id, amount);
        return _move(sender, receiver, id, amount);
    }

    function approve(address spender, uint256 id, uint256 amount) external returns (bool) {
        return _approve(msg.sender, spender, id, amount);
    }

    function setOperator(address spender, bool approved) external returns (bool) {
        _operator[msg.sender][spender] = approved;
        emit OperatorSet(msg.sender, spender, approved);
        return true;
    }

    function balanceOf(address owner, uint256 id) external view returns (uint256) {
        return _balance[owner][id];
    }

    function allowance(address owner, address spender, uint256 id) external view returns (uint256) {
        return _allowance[owner][spender][id];
    }

    function isOperator(address owner, address spender) external view returns (bool) {
        return _operator[owner][spender];
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == 0x01ffc9a7 || interfaceId == 0x0f632fb3;
    }

    function name(uint256 id) external view returns (string memory) {
        return assetInfo(id).name;
    }

    function symbol(uint256 id) external view returns (string memory) {
        return assetInfo(id).name;
    }

    function decimals(uint256 id) external view returns (uint8) {
        return assetInfo(id).decimals;
    }

    function assetInfo(uint256 asset) public view returns (AssetInfo memory info) {
        return asset == Sero.COIN ? AssetInfo(KIND_COIN, address(0), 0, 0, "SERO", 18) : _info[asset];
    }

    function assetByName(string calldata name_) external view returns (uint256 asset) {
        return _byName[keccak256(bytes(name_))];
    }

    function ticketId(uint256 category, uint256 number) public pure returns (uint256 asset) {
        return _id(abi.encode("ticket", category, number));
    }

    function supply(uint256 asset) external view returns (uint256 issued, uint256 publicSupply, uint256 hidden) {
        return (_issued[asset], _public[asset], Sero.POOL.hidden(asset));
    }

    function registrationFee() external pure returns (uint256) {
        return REGISTRATION_FEE;
    }

    // ---- facades ----

    function facadeOf(uint256 id) public pure returns (address facade) {
        bytes memory preimage = abi.encodePacked(bytes1(0xff), Sero.ASSETS, id, keccak256("SERO.facade"));
        return address(uint160(uint256(keccak256(preimage))));
    }

    function ticketOwner(uint256 asset) external view returns (address owner, address approved) {
        return (_owner[asset], _approved[asset]);
    }

    function ticketCount(address owner, uint256 category) external view returns (uint256) {
        return _count[owner][category];
    }

    function isCategoryOperator(address owner, address spender, uint256 category) external view returns (bool) {
        return _categoryOperator[owner][spender][category];
    }

    function facadeTransfer(uint256 id, address caller, address sender, address receiver, uint256 amount) external {
        _onlyFacade(id);
        _spendAllowance(caller, sender, id, amount);
        if (amount != 0) {
            _move(sender, receiver, id, amount);
        } else if (receiver == address(0)) {
            revert InvalidReceiver(receiver);
        }
    }

    function facadeApprove(uint256 id, address owner, address spender, uint256 amount) external {
        _onlyFacade(id);
        _approve(owner, spender, id, amount);
    }

    function facadeTransferTicket(uint256 category, address caller, address sender, address receiver, uint256 number)
        external
    {
        _onlyFacade(category);
        uint256 ticket = ticketId(category, number);
        if (_approved[ticket] != caller) _onlyTicketOperator(category, ticket, caller);
        _move(sender, receiver, ticket, 1);
    }

    function facadeApproveTicket(uint256 category, address caller, address approved, uint256 number) external {
        _onlyFacade(category);
        uint256 ticket = ticketId(category, number);
        _onlyTicketOperator(category, ticket, caller);
        _approved[ticket] = approved;
    }

    function facadeSetOperator(uint256 category, address owner, address spender, bool approved) external {
        _onlyFacade(category);
        _categoryOperator[owner][spender][category] = approved;
    }

    // ---- rules ----

    function _onlyFacade(uint256 id) private view {
        if (msg.sender != facadeOf(id)) revert NotFacade(msg.sender, facadeOf(id));
    }

    function _onlyTicketOperator(uint256 category, uint256 ticket, address caller) private view {
        address owner = _owner[ticket];
        bool may = caller == owner || _operator[owner][caller] || _categoryOperator[owner][caller][category];
        if (owner == address(0) || !may) revert NotTicketOperator(caller, ticket, owner);
    }

    function _spendAllowance(address spender, address owner, uint256 id, uint256 amount) private {
        if (owner == spender || _operator[owner][spender]) return;
        uint256 allowed = _allowance[owner][spender][id];
        if (allowed < amount) revert InsufficientAllowance(spender, id, allowed, amount);
        if (allowed != type(uint256).max) _allowance[owner][spender][id] = allowed - amount;
    }

    function _approve(address owner, address spender, uint256 id, uint256 amount) private returns (bool) {
        _allowance[owner][spender][id] = amount;
        emit Approval(owner, spender, id, amount);
        return true;
    }

    function _register(string memory domain, uint8 kind, string calldata name_, uint8 decimals_)
        private
        returns (uint256 asset)
    {
        if (bytes(name_).length == 0 || bytes(name_).length > 32) revert InvalidName("length");
        if (_byName[keccak256(bytes(name_))] != 0) revert NameTaken(name_);
        if (msg.value != REGISTRATION_FEE) revert WrongRegistrationFee(REGISTRATION_FEE, msg.value);
        asset = _id(abi.encode(domain, msg.sender, name_));
        _byName[keccak256(bytes(name_))] = asset;
        _info[asset] = AssetInfo(kind, msg.sender, 0, 0, name_, decimals_);
    }

    function _issue(uint256 asset, address to, uint256 amount) private {
        if (to == address(0)) revert InvalidReceiver(to);
        _checkAmount(amount);
        if (_issued[asset] + amount > type(uint128).max) revert SupplyOverflow(asset);
        _issued[asset] += amount;
        _public[asset] += amount;
        _credit(to, asset, amount);
        emit Transfer(msg.sender, address(0), to, asset, amount);
    }

    function _move(address sender, address receiver, uint256 asset, uint256 amount) private returns (bool) {
        uint256 named = _info[asset].kind == KIND_TICKET ? _info[asset].category : asset;
        if (receiver == address(0) || receiver == facadeOf(named)) revert InvalidReceiver(receiver);
        _debit(sender, asset, amount);
        _credit(receiver, asset, amount);
        emit Transfer(msg.sender, sender, receiver, asset, amount);
        return true;
    }

    function _debit(address holder, uint256 asset, uint256 amount) private {
        if (asset == Sero.COIN) revert CoinNotAllowed();
        if (_info[asset].kind == 0) revert UnknownAsset(asset);
        _checkAmount(amount);
        uint256 balance = _balance[holder][asset];
        if (balance < amount) revert InsufficientBalance(holder, asset, balance, amount);
        _balance[holder][asset] = balance - amount;
        if (_info[asset].kind != KIND_TICKET) return;
        (_owner[asset], _approved[asset]) = (address(0), address(0));
        _count[holder][_info[asset].category] -= 1;
    }

    function _credit(address holder, uint256 asset, uint256 amount) private {
        _balance[holder][asset] += amount;
        if (_info[asset].kind != KIND_TICKET) return;
        _owner[asset] = holder;
        _count[holder][_info[asset].category] += 1;
    }

    function _onlyIssuer(uint256 asset, uint8 kind) private view {
        if (_info[asset].kind != kind) {
            if (kind == KIND_CATEGORY) revert UnknownCategory(asset);
            revert UnknownAsset(asset);
        }
        if (_info[asset].issuer != msg.sender) revert NotIssuer(msg.sender, _info[asset].issuer);
    }

    function _onlyPool() private view {
        require(msg.sender == address(Sero.POOL), "POOL only");
    }

    function _checkAmount(uint256 amount) private pure {
        if (amount == 0 || amount > type(uint128).max) revert InvalidAmount(amount);
    }

    function _id(bytes memory preimage) private pure returns (uint256) {
        return uint256(keccak256(preimage)) % FIELD_ORDER;
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title ASSETS, the registry and public multi-asset ledger of the chain
/// @notice A precompile at 0x0000000000000000000000000000000000005301.
/// An asset id is an element of the BN254 scalar field: the coin SERO, a token
/// or a ticket. Balances here are public; the same assets live as anonymous
/// notes in POOL. Mutating functions work by plain CALL only. Balances and
/// supplies are below 2^128. The balance part follows ERC-6909.
interface IAssets {
    /// @notice One kind of thing and how much of it; amount is in base units.
    struct Attachment {
        uint256 asset;
        uint256 amount;
    }

    /// @notice What the registry knows about an asset or ticket category.
    /// @param kind 0 unknown, 1 coin, 2 token, 3 ticket category, 4 ticket
    /// @param issuer the contract that registered it (zero for the coin)
    /// @param category of a ticket, else 0
    /// @param number of a ticket inside its category, else 0
    struct AssetInfo {
        uint8 kind;
        address issuer;
        uint256 category;
        uint256 number;
        string name;
        uint8 decimals;
    }

    event Transfer(
        address caller, address indexed sender, address indexed receiver, uint256 indexed id, uint256 amount
    );
    event OperatorSet(address indexed owner, address indexed spender, bool approved);
    event Approval(address indexed owner, address indexed spender, uint256 indexed id, uint256 amount);
    event TokenRegistered(uint256 indexed asset, address indexed issuer, string name, uint8 decimals);
    event CategoryRegistered(uint256 indexed category, address indexed issuer, string name);
    event TicketIssued(uint256 indexed asset, uint256 indexed category, uint256 number);
    /// @dev Beside these, every movement of a token or ticket, every allowance of a token and every
    /// approval of a ticket is logged at its facade's address, as ERC-20 and ERC-721 have it.

    /// @dev The name is empty, over 32 bytes, not UTF-8 in NFC, or has control characters.
    error InvalidName(string reason);
    error NameTaken(string name);
    error WrongRegistrationFee(uint256 required, uint256 sent);
    error UnknownAsset(uint256 asset);
    error UnknownCategory(uint256 category);
    error NotIssuer(address caller, address issuer);
    error AlreadyIssued(uint256 asset);
    error InvalidDecimals(uint8 decimals, uint8 max);
    /// @dev The amount is zero or at least 2^128.
    error InvalidAmount(uint256 amount);
    error SupplyOverflow(uint256 asset);
    error InsufficientBalance(address holder, uint256 asset, uint256 balance, uint256 needed);
    error InsufficientAllowance(address spender, uint256 asset, uint256 allowance, uint256 needed);
    error InvalidReceiver(address receiver);
    /// @dev The coin moves by value, not through this ledger.
    error CoinNotAllowed();
    error NotPayable();
    error OnlyPlainCall();
    error UnknownSelector(bytes4 selector);
    error InvalidCalldata(string reason);
    /// @dev `receiveAttached` was called by somebody other than the transaction's callee.
    error NotAttachmentReceiver(address caller);
    /// @dev Only the facade of that very token or category may call this.
    error NotFacade(address caller, address facade);
    /// @dev There is an account with code or a nonce where the facade would be.
    error FacadeTaken(address facade);
    /// @dev Nothing can be moved out of this address in a holder's name.
    error InvalidSender(address sender);
    /// @dev `caller` is neither the ticket's owner nor an operator of the owner's, nor approved where
    /// that would do. `owner` is zero while no public account holds the ticket.
    error NotTicketOperator(address caller, uint256 asset, address owner);

    /// @notice Registers a token for ever under a name unique on the chain; `msg.value` must be
    /// `registrationFee()`, which is burned. The caller becomes the issuer.
    /// @param name 1 to 32 bytes, UTF-8 in NFC, no control characters
    /// @param decimals at most 36
    function registerToken(string calldata name, uint8 decimals) external payable returns (uint256 asset);

    /// @notice Registers a ticket category; like `registerToken`, in the same name space.
    function registerCategory(string calldata name) external payable returns (uint256 category);

    /// @notice Creates `amount` of the caller's own token in the public balance of `to`.
    function mint(uint256 asset, address to, uint256 amount) external;

    /// @notice Creates the one unit of a ticket of the caller's own category, once for ever.
    function issueTicket(uint256 category, uint256 number, address to) external returns (uint256 asset);

    /// @notice Destroys `amount` of the caller's own public balance.
    function burn(uint256 asset, uint256 amount) external;

    /// @notice Hands the assets attached to this transaction to its callee. Callable only by the
    /// transaction's `to` (or created contract) while its `msg.sender` is the transaction's `from`;
    /// every attachment is handed out once. They are added to the caller's public balance.
    function receiveAttached() external returns (Attachment[] memory attached);

    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool);
    function approve(address spender, uint256 id, uint256 amount) external returns (bool);
    function setOperator(address spender, bool approved) external returns (bool);
    function balanceOf(address owner, uint256 id) external view returns (uint256);
    function allowance(address owner, address spender, uint256 id) external view returns (uint256);
    function isOperator(address owner, address spender) external view returns (bool);
    function supportsInterface(bytes4 interfaceId) external view returns (bool);

    function name(uint256 id) external view returns (string memory);
    function symbol(uint256 id) external view returns (string memory);
    function decimals(uint256 id) external view returns (uint8);
    function assetInfo(uint256 asset) external view returns (AssetInfo memory info);
    /// @notice The token or category registered under `name`, or 0.
    function assetByName(string calldata name) external view returns (uint256 asset);
    function ticketId(uint256 category, uint256 number) external view returns (uint256 asset);
    /// @notice issued = publicSupply + hidden, for every asset at every block. For the coin,
    /// publicSupply is what the counters imply: issued - hidden.
    function supply(uint256 asset) external view returns (uint256 issued, uint256 publicSupply, uint256 hidden);
    function registrationFee() external view returns (uint256);

    /// @notice Where a token answers as ERC-20 and a ticket category as ERC-721, from its
    /// registration on: CREATE2's formula with ASSETS as deployer, the id as salt and
    /// keccak256("SERO.facade") as hash of the init code.
    function facadeOf(uint256 id) external pure returns (address facade);
    /// @notice The account that holds a ticket in public, and who else may move it by ERC-721. Zeros
    /// for a ticket in the pool or attached to the running transaction, burned or never issued.
    function ticketOwner(uint256 asset) external view returns (address owner, address approved);
    /// @notice How many tickets of `category` the account holds in public.
    function ticketCount(address owner, uint256 category) external view returns (uint256);
    /// @notice Whether `spender` is an ERC-721 operator of `owner` for this category alone.
    function isCategoryOperator(address owner, address spender, uint256 category) external view returns (bool);

    // Only for the facade of `id` or `category`, which says who called it.

    /// @notice ERC-20 `transfer` (`caller == sender`) and `transferFrom`; `amount` may be 0.
    function facadeTransfer(uint256 id, address caller, address sender, address receiver, uint256 amount) external;
    /// @notice ERC-20 `approve`: the same allowance as by `approve` here.
    function facadeApprove(uint256 id, address owner, address spender, uint256 amount) external;
    /// @notice ERC-721 `transferFrom`.
    function facadeTransferTicket(uint256 category, address caller, address sender, address receiver, uint256 number)
        external;
    /// @notice ERC-721 `approve`: for one ticket, one account, until the ticket moves.
    function facadeApproveTicket(uint256 category, address caller, address approved, uint256 number) external;
    /// @notice ERC-721 `setApprovalForAll`: for the tickets of this category alone.
    function facadeSetOperator(uint256 category, address owner, address spender, bool approved) external;
}

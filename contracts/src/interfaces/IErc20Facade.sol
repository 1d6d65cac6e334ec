// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title What every token is at `ASSETS.facadeOf(token)`: ERC-20 with metadata
/// @notice The logs are written by ASSETS, which sees every movement, also those that do not come
/// through the facade: issue is a transfer from zero, destruction one to zero, and what enters or
/// leaves the shielded pool goes to or comes from POOL.
interface IErc20Facade {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice The token's asset id.
    function asset() external view returns (uint256);
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
    /// @notice All units that exist, hidden ones included: the sum of all `balanceOf`.
    function totalSupply() external view returns (uint256);
    /// @notice Public balance; of POOL, what it hides.
    function balanceOf(address account) external view returns (uint256);
    /// @notice The allowance in the one ledger of ASSETS; of an ERC-6909 operator, without limit.
    function allowance(address owner, address spender) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
}

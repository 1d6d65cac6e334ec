// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {TicketShop} from "../src/examples/TicketShop.sol";
import {Precompiles} from "./Precompiles.sol";

/// @notice What people do with the example contracts, in any order.
contract Market is Precompiles {
    uint256 public constant PRICE = 25;

    PrivateToken public immutable money;
    TicketShop public immutable shop;

    uint256 public minted;
    uint256 public mintedHidden;
    uint256 public burned;
    uint256 public sold;

    constructor() payable {
        money = new PrivateToken{value: FEE}("Money", 2);
        shop = new TicketShop{value: FEE}("Concert", money.asset(), PRICE);
    }

    function mintHidden(uint64 amount) external {
        if (amount == 0) return;
        money.mintTo(pkr(minted), amount, "");
        minted += amount;
        mintedHidden += amount;
    }

    function mintAndBurn(uint64 amount) external {
        if (amount == 0) return;
        money.mintPublic(address(money), amount);
        money.burn(amount);
        minted += amount;
        burned += amount;
    }

    function buy(uint256 number) external {
        number %= shop.TICKET_COUNT();
        if (shop.isSold(number)) return;
        money.mintPublic(address(this), PRICE);
        attach(address(this), address(shop), money.asset(), PRICE);
        shop.buy(number);
        detach();
        minted += PRICE;
        sold++;
    }
}

contract SupplyTest is Precompiles {
    Market private _market;

    function setUp() public {
        etchPrecompiles();
        _market = new Market{value: 2 * FEE}();
    }

    /// @dev Foundry calls only these at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_market);
    }

    function invariant_issued_is_public_plus_hidden() public view {
        uint256 inPublic = _market.minted() - _market.mintedHidden() - _market.burned();
        assertSupply(_market.money().asset(), inPublic, _market.mintedHidden());
    }

    function invariant_proceeds_are_price_times_sold() public view {
        assert(_market.shop().proceeds() == _market.PRICE() * _market.sold());
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "../src/interfaces/IAssets.sol";
import {IErc20Facade} from "../src/interfaces/IErc20Facade.sol";
import {IErc721Facade} from "../src/interfaces/IErc721Facade.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

/// @notice Three people, two tokens, a category: whatever they do with the precompiles, in any order.
contract People is Precompiles {
    uint256 private constant NOTE_SPENDS = 1_000_000;

    address[3] private _people = [address(0xA1), address(0xA2), address(0xA3)];
    uint256[2] public tokens;
    uint256 public category;
    uint256[] private _tickets;
    uint256 private _spends = NOTE_SPENDS;
    /// @dev Successful calls, by what they were.
    mapping(string what => uint256) public did;

    constructor() payable {
        tokens[0] = ASSETS.registerToken{value: FEE}("One", 6);
        tokens[1] = ASSETS.registerToken{value: FEE}("Two", 18);
        category = ASSETS.registerCategory{value: FEE}("Seats");
        setRefund(_people[2], pkr(2));
        for (uint256 i = 0; i < 3; i++) {
            VM.deal(_people[i], 100 ether);
        }
    }

    function mint(uint256 token, uint256 to, uint96 amount) external {
        if (amount == 0) return;
        ASSETS.mint(tokens[token % 2], _people[to % 3], amount);
        did["mint"]++;
    }

    function issue(uint256 number, uint256 to) external {
        number %= 8;
        if (ASSETS.assetInfo(ASSETS.ticketId(category, number)).kind != 0) return;
        _tickets.push(ASSETS.issueTicket(category, number, _people[to % 3]));
        did["issue"]++;
    }

    function transfer(uint256 from, uint256 to, uint256 asset, uint256 amount, bool facade) external {
        address sender = _people[from % 3];
        (asset, amount) = _some(sender, asset, amount);
        if (amount == 0) return;
        IAssets.AssetInfo memory info = ASSETS.assetInfo(asset);
        address shown = ASSETS.facadeOf(info.kind == 2 ? asset : category);
        VM.prank(sender);
        if (!facade) ASSETS.transfer(_people[to % 3], asset, amount);
        else if (info.kind == 2) IErc20Facade(shown).transfer(_people[to % 3], amount);
        else IErc721Facade(shown).transferFrom(sender, _people[to % 3], info.number);
        did["transfer"]++;
    }

    function burn(uint256 from, uint256 asset, uint256 amount) external {
        address sender = _people[from % 3];
        (asset, amount) = _some(sender, asset, amount);
        if (amount == 0) return;
        VM.prank(sender);
        ASSETS.burn(asset, amount);
        did["burn"]++;
    }

    function pay(uint256 from, uint256 to, uint256 asset, uint256 amount) external {
        address sender = _people[from % 3];
        (asset, amount) = _some(sender, asset, amount);
        if (amount == 0) return;
        VM.prank(sender);
        POOL.pay(_people[to % 3], asset, amount);
        did["pay"]++;
    }

    function shieldCoins(uint256 from, uint64 amount) external {
        if (amount == 0) return;
        address sender = _people[from % 3];
        if (sender.balance < amount) return;
        VM.prank(sender);
        POOL.shield{value: amount}(pkr(from), COIN, amount, "");
        did["shieldCoins"]++;
    }

    /// @dev With a bundle whose proofs nobody can make: the counters let out what came in and nothing else.
    function unshield(uint256 to, uint256 asset, uint256 amount) external {
        asset = asset % 3 == 0 ? COIN : tokens[asset % 2];
        uint256 hidden = POOL.hidden(asset);
        if (hidden == 0) return;
        amount = 1 + amount % hidden;
        address carrier = _people[to % 3];
        bytes memory bundle = signedBundle(carrier, 0, 40_000, _spends++, asset, false, amount);
        VM.prank(carrier);
        POOL.transact(bundle, 0, 40_000);
        did["unshield"]++;
    }

    function closeAndOpen(uint256 owner, uint256 asset, uint256 amount) external {
        asset = tokens[asset % 2];
        uint256 hidden = POOL.hidden(asset);
        amount = hidden == 0 ? 0 : amount % hidden;
        address holder = _people[owner % 3];
        bytes32 id = closePackage(holder, keccak256("k"), asset, amount, "data");
        VM.prank(holder);
        PACKAGES.open(id, keccak256("k"));
        did["open"]++;
    }

    // ---- what they hold together ----

    function held(uint256 asset) external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; i++) {
            sum += ASSETS.balanceOf(_people[i], asset);
        }
    }

    function tickets() external view returns (uint256[] memory) {
        return _tickets;
    }

    function seats() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; i++) {
            sum += ASSETS.ticketCount(_people[i], category);
        }
    }

    /// @dev Something that `holder` has, and some of it.
    function _some(address holder, uint256 choice, uint256 amount) private view returns (uint256 asset, uint256 part) {
        uint256 kinds = 2 + _tickets.length;
        for (uint256 i = 0; i < kinds; i++) {
            uint256 at = (choice % kinds + i) % kinds;
            asset = at < 2 ? tokens[at] : _tickets[at - 2];
            uint256 balance = ASSETS.balanceOf(holder, asset);
            if (balance != 0) return (asset, 1 + amount % balance);
        }
    }
}

/// @notice What holds whatever people do.
contract LedgerTest is Precompiles {
    People private _people;

    function setUp() public {
        etchPrecompiles();
        _people = new People{value: 3 * FEE}();
    }

    /// @dev Foundry calls only these at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_people);
    }

    function invariant_issued_is_public_plus_hidden_and_public_is_all_balances() public view {
        for (uint256 i = 0; i < 2; i++) {
            _check(_people.tokens(i));
        }
        uint256[] memory tickets = _people.tickets();
        for (uint256 i = 0; i < tickets.length; i++) {
            _check(tickets[i]);
            (uint256 issued,,) = ASSETS.supply(tickets[i]);
            VM.assertTrue(issued <= 1, "one unit of a ticket");
        }
    }

    function invariant_tickets_are_counted() public view {
        uint256 inPublic;
        uint256[] memory tickets = _people.tickets();
        for (uint256 i = 0; i < tickets.length; i++) {
            (, uint256 shown,) = ASSETS.supply(tickets[i]);
            inPublic += shown;
        }
        VM.assertEq(_people.seats(), inPublic, "counts");
    }

    function invariant_the_pool_has_the_coins_that_it_hides() public view {
        VM.assertTrue(address(POOL).balance >= POOL.hidden(COIN), "covered");
    }

    function invariant_the_facade_shows_the_whole() public view {
        for (uint256 i = 0; i < 2; i++) {
            IErc20Facade facade = IErc20Facade(ASSETS.facadeOf(_people.tokens(i)));
            uint256 sum = _people.held(_people.tokens(i)) + facade.balanceOf(address(POOL));
            VM.assertEq(sum, facade.totalSupply(), "sum of all balances");
        }
    }

    function testFuzz_what_one_has_moves_and_no_more(uint128 minted, uint256 moved) public {
        VM.assume(minted != 0);
        uint256 asset = ASSETS.registerToken{value: FEE}("Fuzz", 0);
        ASSETS.mint(asset, ALICE, minted);
        VM.prank(ALICE);
        if (moved == 0 || moved > type(uint128).max) {
            VM.expectRevert(abi.encodeWithSelector(IAssets.InvalidAmount.selector, moved));
        } else if (moved > minted) {
            VM.expectRevert(
                abi.encodeWithSelector(IAssets.InsufficientBalance.selector, ALICE, asset, minted, moved)
            );
        }
        ASSETS.transfer(BOB, asset, moved);
        uint256 at = ASSETS.balanceOf(BOB, asset);
        VM.assertTrue(at == 0 || at == moved, "all or nothing");
        VM.assertEq(at + ASSETS.balanceOf(ALICE, asset), minted, "nothing is lost");
    }

    function testFuzz_names_are_one_to_32_bytes_of_sense(bytes1 character, uint8 length) public {
        bytes memory name = new bytes(length % 40);
        for (uint256 i = 0; i < name.length; i++) {
            name[i] = character;
        }
        uint8 c = uint8(character);
        bool sense = name.length != 0 && name.length <= 32 && c > 0x20 && c < 0x7f;
        (bool ok,) = address(ASSETS).call{value: FEE}(abi.encodeCall(IAssets.registerCategory, (string(name))));
        VM.assertTrue(ok == sense, "accepted");
    }

    function _check(uint256 asset) private view {
        (uint256 issued, uint256 inPublic, uint256 hidden) = ASSETS.supply(asset);
        VM.assertEq(issued, inPublic + hidden, "issued = public + hidden");
        VM.assertEq(_people.held(asset), inPublic, "public = all balances");
    }
}

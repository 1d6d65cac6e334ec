// Deploys a token and a shop that is paid in it to a running `sero dev`: npm run deploy. Environment:
//
//   RPC          the node, http://127.0.0.1:8545 unless given
//   TOKEN, SHOW  names, unique on the chain for ever
//   RECEIVER     optional: a payment address (`sero wallet address`) that gets the first 1,000 units, in private
import { network } from "hardhat";
import { ASSETS, assetsAbi, checkName, decodeAddress, memoBytes, oneTimeAddress } from "#sero";

const { TOKEN = "GOLD", SHOW = "Show", RECEIVER } = process.env;
const PRICE = 25n;

// Bad names and addresses are refused before anything is sent.
for (const name of [TOKEN, SHOW]) checkName(name);
const pkr = RECEIVER ? oneTimeAddress(decodeAddress("dev", RECEIVER)) : undefined;

const { viem } = await network.create();
const client = await viem.getPublicClient();
const assets = { address: ASSETS, abi: assetsAbi } as const;
for (const name of [TOKEN, SHOW]) {
  const taken = await client.readContract({ ...assets, functionName: "assetByName", args: [name] });
  if (taken !== 0n) throw new Error(`the name ${name} is taken on this chain: set TOKEN and SHOW to others`);
}
const value = await client.readContract({ ...assets, functionName: "registrationFee" });
const token = await viem.deployContract("Token", [TOKEN, 0], { value });
console.log(`token ${token.address}`);
const shop = await viem.deployContract("TicketShop", [SHOW, await token.read.asset(), PRICE], { value });
console.log(`shop ${shop.address}`);
if (pkr) {
  const hash = await token.write.mintPrivate([pkr, 1000n, memoBytes("welcome")]);
  await client.waitForTransactionReceipt({ hash });
  console.log(`1000 ${TOKEN} in a note of the receiver's`);
}

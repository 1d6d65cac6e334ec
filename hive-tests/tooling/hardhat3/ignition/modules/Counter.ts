import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

export default buildModule("Counter", (module) => {
  const counter = module.contract("Counter");
  module.call(counter, "add", [3n]);
  return { counter };
});

const { buildModule } = require("@nomicfoundation/hardhat-ignition/modules");

module.exports = buildModule("Counter", (module) => {
  const counter = module.contract("Counter");
  module.call(counter, "add", [3n]);
  return { counter };
});

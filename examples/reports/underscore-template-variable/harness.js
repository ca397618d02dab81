// Compile and run a template whose variable has the name that the input file holds.
// {marker} in it stands for the path of the marker program.
"use strict";
const { readFileSync } = require("node:fs");
const _ = require("underscore");

const name = readFileSync(process.argv[2], "utf8").trim();
_.templateSettings.variable = name.replace("{marker}", JSON.stringify(process.env.HEADSTART_MARKER));
try {
  console.log(_.template("Dear customer")());
} catch (refusal) {
  console.log("refused:", refusal.message);
}
